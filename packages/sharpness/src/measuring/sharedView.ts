// What an engine offers of one loss, made once and shared by all quantities that look at it.
import type { MaybePromise } from "@eoss/eigen";
import type {
  CurvatureKind,
  EngineSearch,
  EngineView,
  Outputs,
  Preconditioner,
  ReducedCurvature,
  TangentKernel,
} from "../loss/engine.js";
import { gradientRounding } from "../loss/gradientRounding.js";
import type { GradientCurvature, GradientRounding, LossView } from "../loss/lossView.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import {
  multiply,
  norm,
  type Operator,
  type ReducedVector,
  type Space,
  type Vector,
} from "../loss/space.js";
import { QuantityContractError } from "../registry/define.js";
import { NO_PAIRS, type TopPairs } from "../search/eigenSearch.js";
import { type Memory, recall, remember } from "../search/remembered.js";
import { topPairs } from "../search/topPairs.js";

/** How a view looks for eigenpairs. */
export interface ViewSettings extends Omit<EngineSearch, "byGaps"> {
  readonly byGaps?: boolean;
  /** Where eigenvectors are kept from one measurement to the next, and under which names. */
  readonly memory?: {
    readonly vectors: Memory<Vector>;
    readonly nameOf: (kind: CurvatureKind) => string;
  };
}

/** What a search has found, in its own coordinates and over all parameters. */
interface Found {
  readonly pairs: TopPairs<ReducedVector>;
  readonly lifted: () => readonly Vector[];
}

export class SharedView implements LossView {
  readonly samples: number;
  readonly dimension: number;
  readonly space: Space<Vector>;
  readonly #searches = new Map<CurvatureKind, Promise<Found>>();
  /** Vectors to release with the view. */
  readonly #owned = new Set<Vector>();
  #isFinite?: Promise<boolean>;
  readonly #alongGradient = new Map<CurvatureKind, GradientCurvature>();
  #rounding?: number;

  readonly #engine: EngineView<Vector>;
  #isClosed = false;

  constructor(
    engine: EngineView<Vector>,
    readonly settings: ViewSettings,
  ) {
    this.#engine = engine;
    this.samples = engine.samples;
    this.dimension = engine.dimension;
    this.space = engine.space;
  }

  /** @throws QuantityContractError after `dispose`: of parameters that have moved it would know the old loss */
  get engine(): EngineView<Vector> {
    if (!this.#isClosed) return this.#engine;
    throw new QuantityContractError(
      "a view is used after the quantity that it was given to: each call is given a view of its own",
    );
  }

  loss(): MaybePromise<number> {
    return this.engine.loss();
  }

  isFinite(): Promise<boolean> {
    return (this.#isFinite ??= this.#hasNumbers());
  }

  gradient(): MaybePromise<Vector> {
    return this.engine.gradient();
  }

  parameters(): MaybePromise<Vector> {
    return this.engine.parameters();
  }

  initialParameters(): MaybePromise<Vector> {
    return offered(this.engine, "initialParameters")();
  }

  hessian(): Operator<Vector> {
    return this.curvature("hessian");
  }

  curvature(kind: CurvatureKind): Operator<Vector> {
    return this.engine.curvature(kind);
  }

  async top(kind: CurvatureKind): Promise<TopPairs<Vector>> {
    const known = this.#searches.get(kind);
    const search = known ?? this.#search(kind);
    this.#searches.set(kind, search);
    const { pairs, lifted } = await search;
    return {
      ...pairs,
      products: known === undefined ? pairs.products : 0,
      get vectors() {
        return lifted();
      },
    };
  }

  async alongGradient(kind: CurvatureKind = "hessian"): Promise<GradientCurvature> {
    const known = this.#alongGradient.get(kind);
    if (known !== undefined) return { ...known, products: 0 };
    const matrix = await this.#reduced(kind);
    const { space } = matrix;
    const gradient = await matrix.gradient();
    const product = await multiply(matrix, gradient);
    const along = {
      quadratic: await space.dot(gradient, product),
      rounding: PRODUCT_ERROR * (await norm(space, gradient)) * (await norm(space, product)),
      square: await space.dot(gradient, gradient),
      products: 1,
    };
    space.release(product);
    this.#alongGradient.set(kind, along);
    return along;
  }

  async gradientRounding(): Promise<GradientRounding> {
    const products = this.#rounding === undefined ? 1 : 0;
    this.#rounding ??= await gradientRounding(this.engine);
    return { bound: this.#rounding, products };
  }

  reduced(kind: CurvatureKind): Promise<Operator<ReducedVector>> {
    return this.#reduced(kind);
  }

  lift(vector: ReducedVector): Vector {
    const x = vector as unknown as Vector;
    return this.engine.lift ? this.engine.lift(x) : this.space.copy(x);
  }

  layers(): readonly string[] {
    return this.engine.layers ?? lacking("tell layers apart");
  }

  shapes(): readonly (readonly number[])[] {
    return this.engine.shapes ?? lacking("tell the shapes of layers");
  }

  layer(kind: CurvatureKind, name: string): Operator<ReducedVector> & { dispose(): void } {
    const block = offered(this.engine, "layer")(kind, name);
    return block as unknown as Operator<ReducedVector> & { dispose(): void };
  }

  outputs(): AsyncIterable<Outputs> | Iterable<Outputs> {
    return offered(this.engine, "outputs")();
  }

  tangentKernel(): MaybePromise<TangentKernel<ReducedVector>> {
    const kernel = offered(this.engine, "tangentKernel")();
    return kernel as unknown as MaybePromise<TangentKernel<ReducedVector>>;
  }

  preconditioner(): MaybePromise<Preconditioner<Vector> | "identity" | "not yet"> {
    return offered(this.engine, "preconditioner")();
  }

  updateDirection(gradient: Vector): MaybePromise<Vector> {
    return offered(this.engine, "updateDirection")(gradient);
  }

  shifted(x: Vector, a = 1): LossView {
    const { memory: _, ...settings } = this.settings;
    return new SharedView(this.engine.shifted(x, a), settings);
  }

  dispose(): void {
    for (const vector of this.#owned) this.space.release(vector);
    this.#owned.clear();
    this.#searches.clear();
    this.#isClosed = true;
    this.#engine.dispose();
  }

  async #hasNumbers(): Promise<boolean> {
    const hessian = await this.#reduced("hessian");
    if (!Number.isFinite(await this.engine.loss())) return false;
    return Number.isFinite(await norm(hessian.space, await hessian.gradient()));
  }

  async #reduced(kind: CurvatureKind): Promise<ReducedCurvature<ReducedVector>> {
    const { engine } = this;
    const reduced = await engine.reduced?.(kind);
    if (reduced !== undefined) return reduced as unknown as ReducedCurvature<ReducedVector>;
    const whole = engine.curvature(kind);
    const matrix: ReducedCurvature<Vector> = {
      n: whole.n,
      space: whole.space,
      apply: (x, out) => whole.apply(x, out),
      gradient: () => engine.gradient(),
    };
    return matrix as unknown as ReducedCurvature<ReducedVector>;
  }

  async #search(kind: CurvatureKind): Promise<Found> {
    if (!(await this.isFinite())) return { pairs: NO_PAIRS, lifted: () => [] };
    const pairs = await this.#pairs(kind);
    const own = pairs.vectors as unknown as readonly Vector[];
    for (const vector of own) this.#owned.add(vector);
    const { engine } = this;
    let lifted: readonly Vector[] | undefined;
    return {
      pairs,
      lifted: () => {
        lifted ??= engine.lift ? own.map((vector) => engine.lift!(vector)) : own;
        for (const vector of lifted) this.#owned.add(vector);
        return lifted;
      },
    };
  }

  /** Over all samples from the vectors of the measurement before, which the first one does without. */
  async #pairs(kind: CurvatureKind): Promise<TopPairs<ReducedVector>> {
    const { memory, byGaps = false, ...search } = this.settings;
    if (memory === undefined) {
      const found = await this.engine.top?.(kind, { ...search, byGaps });
      if (found !== undefined) return found as unknown as TopPairs<ReducedVector>;
      return topPairs(await this.#reduced(kind), [], search);
    }
    const name = memory.nameOf(kind);
    const vectors = memory.vectors as unknown as Memory<ReducedVector>;
    const remembered = recall(vectors, name);
    const certify = search.certify !== false || remembered.length === 0;
    const matrix = await this.#reduced(kind);
    const found = await topPairs(matrix, remembered, { ...search, certify });
    remember(vectors, name, found, matrix.space);
    return found;
  }
}

/** A member of an engine's view that not every engine has. */
function offered<K extends keyof EngineView<Vector>>(
  engine: EngineView<Vector>,
  name: K,
): NonNullable<EngineView<Vector>[K]> {
  const member = engine[name];
  if (member === undefined) lacking(`offer ${name}`);
  return (typeof member === "function" ? member.bind(engine) : member) as NonNullable<
    EngineView<Vector>[K]
  >;
}

function lacking(what: string): never {
  throw new RangeError(`this cannot be measured: the engine does not ${what}`);
}
