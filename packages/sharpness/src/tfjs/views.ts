import {
  type CurvatureOperator,
  disposeTree,
  fisher,
  gaussNewton,
  type HessianOperator,
  hessian,
  type LossChunk,
  layoutOf,
  mapTree,
  type OutputChunk,
  type ParameterTree,
  unflatten,
} from "@eoss/hvp";
import { add, tidy } from "@tensorflow/tfjs-core";
import type {
  FullOperator,
  FullVector,
  ReducedOperator,
  ReducedVector,
} from "../loss/coordinates.js";
import type { CurvatureKind, GradientCurvature, LossView } from "../loss/lossView.js";
import type { Problem, SampleSet } from "../loss/problem.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import { dot, norm } from "../loss/vectors.js";
import type { Executor } from "../measuring/executor.js";
import { davidson, type NearbyPairs } from "../search/davidson.js";
import { recall, remember, toRemember } from "../search/remembered.js";
import type { EigenSearch, SearchedOperator, TopPairs } from "../search/solveTop.js";
import { hasNumbers, topEigenvalue } from "../search/topPairs.js";
import { type IndexChunk, indexChunks } from "./chunks.js";
import { gaussNewtonPairs } from "./gaussNewtonPairs.js";

/** How a view looks for eigenpairs. */
export interface ViewSettings extends EigenSearch {
  /**
   * Whether to work in all d coordinates and search from the gradient, as every view of all samples
   * does. Otherwise in the span of a batch's inputs, and from its Gauss–Newton matrix, where it can
   * be done. Default false.
   */
  readonly plain?: boolean;
  /** Of a batch: whether the Gauss–Newton matrix may give λmax, with a bound that rests on gaps. */
  readonly byGaps?: boolean;
  /** Eigenpairs from one measurement to the next; without, each search starts from the gradient. */
  readonly memory?: Map<string, Float32Array>;
  /** Makes the products of searches for the Hessian's eigenpairs; only for all training samples. */
  readonly executor?: Executor | undefined;
}

/** A view on the samples of the given indices, of the training set unless said otherwise. */
export function viewOf(
  problem: Problem,
  indices: Int32Array,
  settings: ViewSettings,
  set: SampleSet = problem,
): LossView {
  return new SampleView(problem, set, indices, settings);
}

/** A view on all samples of a set. */
export function wholeView(
  problem: Problem,
  settings: ViewSettings,
  set: SampleSet = problem,
): LossView {
  const all = Int32Array.from({ length: set.samples }, (_, index) => index);
  return viewOf(problem, all, { ...settings, plain: true }, set);
}

/** Names under which eigenvectors are remembered: those of the quantities that they belong to. */
const memoryNames: Readonly<Record<CurvatureKind, string>> = {
  hessian: "fullbs",
  "gauss-newton": "full-gauss-newton",
  fisher: "full-fisher",
  "empirical-fisher": "full-empirical-fisher",
};

class SampleView implements LossView {
  readonly samples: number;
  readonly params: ParameterTree;
  readonly dimension: number;
  readonly #operators = new Map<CurvatureKind, CurvatureOperator>();
  readonly #fullOperators = new Map<CurvatureKind, CurvatureOperator>();
  readonly #fullGradients = new Map<CurvatureKind, Float64Array>();
  #hessian?: HessianOperator;
  readonly #tops = new Map<CurvatureKind, Promise<LiftedTop>>();
  /** What the dual gives; undefined until it is asked for. */
  #dualPairs?: { readonly pairs: NearbyPairs | undefined };
  #loss?: number;
  #alongGradient?: GradientCurvature;
  #indexChunks?: readonly IndexChunk[];
  #outputChunks?: readonly OutputChunk<ParameterTree>[];

  constructor(
    readonly problem: Problem,
    readonly set: SampleSet,
    readonly indices: Int32Array,
    readonly settings: ViewSettings,
  ) {
    this.samples = indices.length;
    this.params = problem.params;
    this.dimension = layoutOf(problem.params).size;
  }

  loss(): number {
    return this.#hessian?.loss ?? (this.#loss ??= meanLoss(this.params, this.#lossChunks()));
  }

  isFinite(): boolean {
    return hasNumbers(this.#ownHessian());
  }

  gradient(): Float64Array {
    return this.hessian().gradient;
  }

  hessian(): FullOperator {
    return this.curvature("hessian");
  }

  curvature(kind: CurvatureKind): FullOperator {
    const own = this.#operator(kind);
    if (own.span === undefined) return own;
    const known = this.#fullGradients.get(kind);
    const gradient = known ?? Float64Array.from(own.lift(own.gradient));
    this.#fullGradients.set(kind, gradient);
    return {
      n: this.dimension,
      loss: own.loss,
      gradient,
      apply: (x, out) => this.#fullOperator(kind).apply(x, out),
    };
  }

  reduced(kind: CurvatureKind): ReducedOperator {
    return asReduced(this.#operator(kind));
  }

  lift(vector: ReducedVector): Float32Array {
    const own = this.#ownHessian();
    if (vector.length !== own.n) {
      throw new RangeError(
        `lift takes a vector of the ${own.n} reduced coordinates, not of ${vector.length}: gradient() and the vectors of top() are over all parameters already`,
      );
    }
    return own.lift(vector);
  }

  async top(kind: CurvatureKind): Promise<TopPairs> {
    const known = this.#tops.get(kind);
    const search = known ?? this.#liftedTop(kind);
    this.#tops.set(kind, search);
    const { found, vectors } = await search;
    return {
      ...found,
      products: known === undefined ? found.products : 0,
      get vectors() {
        return vectors();
      },
    };
  }

  alongGradient(): GradientCurvature {
    if (this.#alongGradient !== undefined) return { ...this.#alongGradient, products: 0 };
    const { gradient, apply, n } = this.#ownHessian();
    const product = new Float64Array(n);
    apply(gradient, product);
    this.#alongGradient = {
      quadratic: dot(gradient, product),
      rounding: PRODUCT_ERROR * norm(gradient) * norm(product),
      square: dot(gradient, gradient),
      products: 1,
    };
    return this.#alongGradient;
  }

  layer(kind: CurvatureKind, name: string): ReducedOperator & { dispose(): void } {
    const reduce = !this.settings.plain;
    const block =
      kind === "hessian" ? this.#hessianOf(reduce, [name]) : this.#operatorOf(kind, reduce, [name]);
    return { ...asReduced(block), dispose: block.dispose };
  }

  outputChunks(): readonly OutputChunk<ParameterTree>[] {
    const { outputsOf, targetsOf } = this.set;
    if (outputsOf === undefined || targetsOf === undefined) {
      throw new TypeError("the problem does not say what outputs and targets its samples have");
    }
    this.#outputChunks ??= this.#chunks().map(({ indices, weight }) => ({
      outputs: outputsOf.call(this.set, indices),
      targets: targetsOf.call(this.set, indices),
      weight,
    }));
    return this.#outputChunks;
  }

  shifted(displacement: FullVector): LossView {
    const { problem, set, indices, settings } = this;
    const shift = unflatten(displacement, this.params);
    const parts = Object.values(shift);
    const params = mapTree(this.params, (theta, index) => tidy(() => add(theta, parts[index]!)));
    disposeTree(shift);
    const view = new SampleView({ ...problem, params }, set, indices, {
      ...settings,
      memory: undefined,
      executor: undefined,
    });
    return Object.assign(view, {
      dispose: () => {
        SampleView.prototype.dispose.call(view);
        disposeTree(params);
      },
    });
  }

  dispose(): void {
    const made = [this.#hessian, ...this.#operators.values(), ...this.#fullOperators.values()];
    for (const operator of made) operator?.dispose();
    for (const { targets } of this.#outputChunks ?? []) targets.dispose();
    this.#hessian = undefined;
    this.#operators.clear();
    this.#fullOperators.clear();
    this.#fullGradients.clear();
    this.#tops.clear();
    this.#dualPairs = undefined;
    this.#outputChunks = undefined;
  }

  /** The Hessian in coordinates of its own. */
  #ownHessian(): HessianOperator {
    return (this.#hessian ??= this.#hessianOf(!this.settings.plain));
  }

  /** A matrix in the coordinates of `#ownHessian`. */
  #operator(kind: CurvatureKind): CurvatureOperator {
    if (kind === "hessian") return this.#ownHessian();
    const known = this.#operators.get(kind);
    if (known !== undefined) return known;
    const operator = this.#operatorOf(kind, this.#ownHessian().span);
    this.#operators.set(kind, operator);
    return operator;
  }

  /** A matrix over all d parameters whose `#operator` is not. */
  #fullOperator(kind: CurvatureKind): CurvatureOperator {
    const known = this.#fullOperators.get(kind);
    if (known !== undefined) return known;
    const operator = kind === "hessian" ? this.#hessianOf(false) : this.#operatorOf(kind, false);
    this.#fullOperators.set(kind, operator);
    return operator;
  }

  async #liftedTop(kind: CurvatureKind): Promise<LiftedTop> {
    const found = await this.#searchTop(kind);
    const { span, lift } = this.#ownHessian();
    return {
      found,
      vectors: once(() => (span === undefined ? found.vectors : found.vectors.map(lift))),
    };
  }

  #chunks(): readonly IndexChunk[] {
    return (this.#indexChunks ??= indexChunks(this.problem, this.set, this.indices));
  }

  #lossChunks(): LossChunk<ParameterTree>[] {
    return this.#chunks().map(({ indices, weight }) => ({
      loss: this.set.lossOf(indices),
      weight,
    }));
  }

  #hessianOf(reduce: boolean, block?: readonly string[]): HessianOperator {
    return hessian({ params: this.params, chunks: this.#lossChunks(), block, reduce });
  }

  #operatorOf(
    kind: Exclude<CurvatureKind, "hessian">,
    reduce: CurvatureOperator["span"] | boolean,
    block?: readonly string[],
  ): CurvatureOperator {
    const { params } = this;
    const loss = this.problem.head;
    if (loss === undefined) throw new TypeError("the problem does not say which loss head it has");
    const chunks = this.outputChunks();
    if (kind === "gauss-newton") return gaussNewton({ params, chunks, loss, block, reduce });
    return fisher({
      params,
      chunks,
      loss,
      block,
      reduce,
      kind: kind === "fisher" ? "true" : "empirical",
    });
  }

  /** Over all samples from the vectors of the measurement before, which the first one does without. */
  async #searchTop(kind: CurvatureKind): Promise<TopPairs> {
    const { memory, plain, executor, ...search } = this.settings;
    const own = this.#operator(kind);
    if (memory === undefined) return this.#searchBatch(kind, search);
    const name = memoryNames[kind];
    const remembered = recall(memory, name);
    const certify = search.certify !== false || remembered.length === 0;
    const operator = kind === "hessian" ? this.#spread(own) : own;
    const found = await topEigenvalue(operator, remembered, { ...search, certify });
    remember(memory, name, toRemember(found.vectors, found.values));
    return found;
  }

  /** Of a batch from the top Gauss–Newton eigenvector, where its dual gives it. */
  async #searchBatch(kind: CurvatureKind, { byGaps, ...search }: ViewSettings): Promise<TopPairs> {
    const own = this.#operator(kind);
    const isNear = kind !== "empirical-fisher" && !this.settings.plain && hasNumbers(own);
    this.#dualPairs ??= isNear
      ? { pairs: gaussNewtonPairs(this.#ownHessian(), search) }
      : undefined;
    const pairs = isNear ? this.#dualPairs?.pairs : undefined;
    const first = pairs?.vectors.slice(0, 1) ?? [];
    const isGuided = kind === "hessian" && byGaps === true;
    return isGuided && pairs
      ? davidson(own, first, pairs, search)
      : topEigenvalue(own, first, search);
  }

  /** The Hessian with its products made by the executor, if there is one and more than one chunk. */
  #spread(hessian: CurvatureOperator): SearchedOperator {
    const chunks = this.#chunks();
    const { executor } = this.settings;
    if (executor?.multiply === undefined || chunks.length === 1) return hessian;
    const { n, loss, gradient } = hessian;
    const sum = new Float64Array(n);
    return {
      n,
      loss,
      gradient,
      async apply(x, out) {
        sum.fill(0);
        await executor.multiply!(chunks, x, (product, { weight }) => {
          for (let i = 0; i < n; i++) sum[i]! += weight * product[i]!;
        });
        out.set(sum);
      },
    };
  }
}

/** The operator, with vectors that cannot be taken for others. */
function asReduced({ n, loss, gradient, apply }: CurvatureOperator): ReducedOperator {
  return { n, loss, gradient: Float32Array.from(gradient) as ReducedVector, apply };
}

/** What a search has found, and its vectors over all parameters. */
interface LiftedTop {
  readonly found: TopPairs;
  readonly vectors: () => readonly Float32Array[];
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function meanLoss(params: ParameterTree, chunks: readonly LossChunk<ParameterTree>[]): number {
  return chunks.reduce(
    (sum, { loss, weight }) => sum + weight * tidy(() => loss(params).dataSync()[0]!),
    0,
  );
}
