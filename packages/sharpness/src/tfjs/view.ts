// The loss of some samples, by tfjs: linearisations in the coordinates that the samples see.
import {
  type CurvatureOperator,
  disposeTree,
  fisher,
  flatten,
  gaussNewton,
  type HessianOperator,
  hessian,
  type LossChunk,
  layoutOf,
  mapTree,
  ntk,
  type ParameterTree,
  type SampleSet,
  unflatten,
} from "@eoss/hvp";
import { evaluated } from "@eoss/hvp/internal";
import type { RandomStream } from "@eoss/rng";
import { add, tidy } from "@tensorflow/tfjs-core";
import type {
  CurvatureKind,
  EngineSearch,
  EngineView,
  Outputs,
  Preconditioner,
  ReducedCurvature,
  TangentKernel,
  ViewOptions,
} from "../loss/engine.js";
import type { Operator, Space } from "../loss/space.js";
import type { TopPairs } from "../search/eigenSearch.js";
import { topPairs } from "../search/topPairs.js";
import { davidson, type NearbyPairs } from "./davidson.js";
import { gaussNewtonPairs } from "./gaussNewtonPairs.js";
import type { HostVector } from "./hostSpace.js";
import type { TfjsProblem } from "./problem.js";
import { checkKind, onChunkOf, SampleChunks } from "./sampleChunks.js";
import { preconditionerOf, updateDirection } from "./updateRule.js";

export class TfjsView implements EngineView<HostVector> {
  readonly samples: number;
  readonly params: ParameterTree;
  readonly dimension: number;
  readonly layers: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  readonly #operators = new Map<CurvatureKind, CurvatureOperator>();
  readonly #fullOperators = new Map<CurvatureKind, CurvatureOperator>();
  #hessian?: HessianOperator;
  #gradient?: Float64Array;
  /** What the dual gives; undefined until it is asked for. */
  #dualPairs?: { readonly pairs: NearbyPairs | undefined };
  #loss?: number;
  readonly #samples: SampleChunks;

  /** @param params θ, if not that of the problem: disposed with the view */
  constructor(
    readonly problem: TfjsProblem,
    readonly set: SampleSet,
    readonly indices: Int32Array,
    readonly options: ViewOptions,
    readonly space: Space<HostVector>,
    readonly ownParams?: ParameterTree,
  ) {
    this.samples = indices.length;
    this.#samples = new SampleChunks(problem, set, indices);
    this.params = ownParams ?? problem.params;
    this.dimension = layoutOf(this.params).size;
    this.layers = Object.keys(this.params);
    this.shapes = Object.values(this.params).map(({ shape }) => shape);
  }

  loss(): number {
    return this.#hessian?.loss ?? (this.#loss ??= meanLoss(this.params, this.#samples.losses()));
  }

  gradient(): Float64Array {
    if (this.#gradient !== undefined) return this.#gradient;
    const { span, gradient, lift } = this.#ownHessian();
    this.#gradient = span === undefined ? gradient : Float64Array.from(lift(gradient));
    return this.#gradient;
  }

  parameters(): Float64Array {
    return flatVector(this.params);
  }

  signedParameters(stream: RandomStream): Float64Array {
    const signs = stream.signs(this.dimension);
    return this.parameters().map((x, i) => x * signs[i]!);
  }

  initialParameters(): Float64Array {
    return flatVector(this.problem.initialParams!);
  }

  curvature(kind: CurvatureKind): Operator<HostVector> {
    checkKind(kind);
    const { space, dimension } = this;
    return {
      n: dimension,
      space,
      apply: (x, out) => this.#fullOperator(kind).apply(x, out),
    };
  }

  reduced(kind: CurvatureKind): ReducedCurvature<HostVector> {
    const own = this.#operator(kind);
    const apply = kind === "hessian" ? this.#elsewhere(own) : undefined;
    return { ...this.#block(own, apply), gradient: () => own.gradient };
  }

  lift(x: HostVector): Float32Array {
    const own = this.#ownHessian();
    if (x.length !== own.n) {
      throw new RangeError(
        `lift takes a vector of the ${own.n} reduced coordinates, not of ${x.length}: gradient() and the vectors of top() are over all parameters already`,
      );
    }
    return own.span === undefined ? (x as Float32Array) : own.lift(x);
  }

  /** Of a batch from the top Gauss–Newton eigenvector, where its dual gives it. */
  async top(
    kind: CurvatureKind,
    { byGaps, ...search }: EngineSearch,
  ): Promise<TopPairs<HostVector> | undefined> {
    if (this.options.plain || kind === "empirical-fisher") return undefined;
    this.#dualPairs ??= { pairs: gaussNewtonPairs(this.#ownHessian(), search) };
    const { pairs } = this.#dualPairs;
    if (pairs === undefined) return undefined;
    const first = pairs.vectors.slice(0, 1);
    const own = this.#operator(kind);
    return kind === "hessian" && byGaps
      ? davidson(own, first, pairs, search)
      : topPairs<HostVector>(this.#block(own), first, search);
  }

  layer(kind: CurvatureKind, name: string): Operator<HostVector> & { dispose(): void } {
    const reduce = !this.options.plain;
    const block =
      kind === "hessian" ? this.#hessianOf(reduce, [name]) : this.#operatorOf(kind, reduce, [name]);
    return { ...this.#block(block), dispose: block.dispose };
  }

  *outputs(): Iterable<Outputs> {
    for (const [index, { outputs, targets, weight }] of this.#samples.outputs().entries()) {
      const { samples, values, classes } = tidy(() => {
        const f = outputs(this.params);
        return {
          samples: this.#samples.indexChunks()[index]!.indices.length,
          values: f.dataSync(),
          classes: f.shape.at(-1)!,
        };
      });
      yield { values, targets: targets.dataSync(), classes, samples, weight };
    }
  }

  tangentKernel(): TangentKernel<HostVector> {
    const { space, params } = this;
    const kernel = ntk({ params, chunks: this.#samples.outputs() });
    const { n, outputs, apply, dispose } = kernel;
    return { n, space, outputs, apply, dispose };
  }

  preconditioner(): Preconditioner<HostVector> | "identity" | "not yet" {
    const diagonal = preconditionerOf(this.problem.update!, flatVector);
    if (diagonal === undefined) return "identity";
    if (diagonal === "not yet") return diagonal;
    const scale = diagonal.map((p) => 1 / Math.sqrt(p));
    return { inverseRoot: (x) => x.map((value, i) => scale[i]! * value) };
  }

  updateDirection(gradient: HostVector): Promise<HostVector> {
    const { problem, set, indices, options, space } = this;
    const vectors = { space, flat: flatVector, tree: unflatten };
    return updateDirection<HostVector>(problem.update!, gradient, vectors, (params) => {
      const view = new TfjsView(problem, set, indices, options, space, params);
      try {
        return view.gradient();
      } finally {
        view.dispose();
      }
    });
  }

  shifted(x: HostVector, a: number): TfjsView {
    const { problem, set, indices, space } = this;
    // `Float64Array.from` with a function takes ten times as long: 0.4 s for three million numbers.
    const scaled = new Float64Array(x).map((value) => a * value);
    const shift = unflatten(scaled, this.params);
    const parts = Object.values(shift);
    const params = mapTree(this.params, (theta, index) => tidy(() => add(theta, parts[index]!)));
    disposeTree(shift);
    const options = { ...this.options, multiply: undefined };
    return new TfjsView(problem, set, indices, options, space, params);
  }

  dispose(): void {
    const made = [this.#hessian, ...this.#operators.values(), ...this.#fullOperators.values()];
    for (const operator of made) operator?.dispose();
    this.#samples.dispose();
    if (this.ownParams !== undefined) disposeTree(this.ownParams);
    this.#hessian = undefined;
    this.#operators.clear();
    this.#fullOperators.clear();
    this.#gradient = undefined;
    this.#dualPairs = undefined;
  }

  #block(
    { n, apply }: CurvatureOperator,
    elsewhere?: Operator<HostVector>["apply"],
  ): Operator<HostVector> {
    return { n, space: this.space, apply: elsewhere ?? apply };
  }

  /** The Hessian in coordinates of its own. */
  #ownHessian(): HessianOperator {
    return (this.#hessian ??= this.#hessianOf(!this.options.plain));
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

  /** A matrix over all d parameters; `#operator`, if that is. */
  #fullOperator(kind: CurvatureKind): CurvatureOperator {
    const own = this.#operator(kind);
    if (own.span === undefined) return own;
    const known = this.#fullOperators.get(kind);
    if (known !== undefined) return known;
    const operator = kind === "hessian" ? this.#hessianOf(false) : this.#operatorOf(kind, false);
    this.#fullOperators.set(kind, operator);
    return operator;
  }

  #hessianOf(reduce: boolean, block?: readonly string[]): HessianOperator {
    const { params, options } = this;
    const chunks = this.#samples.losses();
    return hessian({ params, chunks, block, reduce, ...onChunkOf(options) });
  }

  #operatorOf(
    kind: Exclude<CurvatureKind, "hessian">,
    reduce: CurvatureOperator["span"] | boolean,
    block?: readonly string[],
  ): CurvatureOperator {
    checkKind(kind);
    const { params } = this;
    const head = this.#samples.head();
    const chunks = this.#samples.outputs();
    const given = { params, chunks, head, block, reduce, ...onChunkOf(this.options) };
    if (kind === "gauss-newton") return gaussNewton(given);
    return fisher({ ...given, kind: kind === "fisher" ? "true" : "empirical" });
  }

  /** Products of the Hessian made elsewhere, if they can be and there is more than one chunk. */
  #elsewhere({ n }: CurvatureOperator): Operator<HostVector>["apply"] | undefined {
    const chunks = this.#samples.indexChunks();
    const { multiply, onChunk } = this.options;
    if (multiply === undefined || chunks.length === 1) return undefined;
    const sum = new Float64Array(n);
    return async (x, out) => {
      sum.fill(0);
      let arrived = 0;
      await multiply(chunks, Float32Array.from(x), (product, { weight }) => {
        onChunk?.(arrived++, chunks.length);
        for (let i = 0; i < n; i++) sum[i]! += weight * product[i]!;
      });
      out.set(sum);
    };
  }
}

function flatVector(tree: ParameterTree): Float64Array {
  return flatten(tree, new Float64Array(layoutOf(tree).size));
}

function meanLoss(params: ParameterTree, chunks: readonly LossChunk<ParameterTree>[]): number {
  return chunks.reduce(
    (sum, { loss, weight }) =>
      sum + weight * tidy(() => evaluated(() => loss(params)).dataSync()[0]!),
    0,
  );
}
