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
import { certifiedTop } from "./certifiedTop.js";
import { type IndexChunk, indexChunks } from "./chunks.js";
import type { Executor } from "./executor.js";
import type { Problem, SampleSet } from "./problem.js";
import { topFromDual } from "./reduce/fromDual.js";
import { recall, remember, toRemember } from "./remembered.js";
import {
  type EigenSearch,
  FEW,
  hasNumbers,
  type SearchedOperator,
  type TopPairs,
  topEigenvalue,
} from "./topEigenvalue.js";
import { dot } from "./vectors.js";

/**
 * - `hessian`: H = ∇²L.
 * - `gauss-newton`: G, mean of J_iᵀ(∂²ℓ_i/∂f²)J_i.
 * - `fisher`: the true Fisher information, expectation over targets drawn from the model.
 * - `empirical-fisher`: mean of ∇ℓ_i ∇ℓ_iᵀ with the given targets.
 */
export type CurvatureKind = "hessian" | "gauss-newton" | "fisher" | "empirical-fisher";

/**
 * The loss of some samples at the parameters, with curvature when it is asked for. Everything is
 * made at the first call and then shared, so that quantities on the same samples share its cost.
 *
 * Vectors of one view are in its own coordinates, which may be fewer than the d parameters; they
 * have the same lengths and angles, and the operators the same non-zero eigenvalues. What is
 * compared with something outside of the view is `lift`ed first.
 */
export interface LossView {
  readonly samples: number;
  /** θ, where the loss is looked at. */
  readonly params: ParameterTree;
  /** d, the number of parameters; the view's own operators may have fewer coordinates. */
  readonly dimension: number;
  /** Loss alone: no gradient is made for it. */
  loss(): number;
  /** Whether loss and gradient are numbers: an eigensolver refuses what is not. */
  isFinite(): boolean;
  /** The Hessian with loss and gradient. */
  hessian(): HessianOperator;
  /** A curvature matrix by its kind, in the coordinates of `hessian()`. */
  curvature(kind: CurvatureKind): CurvatureOperator;
  /** Its top eigenpairs. The products are booked at the first call; later ones say 0. */
  top(kind: CurvatureKind): Promise<TopPairs>;
  /** The curvature along the gradient; its product is booked at the first call. */
  alongGradient(): GradientCurvature;
  /** A vector of the view's coordinates as one over all d parameters. */
  lift(vector: ArrayLike<number>): ArrayLike<number>;
  /** The Hessian over all d parameters. */
  fullHessian(): HessianOperator;
  /** The diagonal block of one parameter tensor; the caller disposes it. */
  layer(kind: CurvatureKind, name: string): CurvatureOperator;
  /** Outputs and targets in parts that fit into memory; disposed with the view. */
  outputChunks(): readonly OutputChunk<ParameterTree>[];
  /** The same samples at θ + displacement, [d]; the caller disposes it. */
  shifted(displacement: ArrayLike<number>): LossView;
  dispose(): void;
}

/** gᵀHg and ‖g‖² of one loss, and the products that were needed now. */
export interface GradientCurvature {
  readonly quadratic: number;
  readonly square: number;
  readonly products: number;
}

/** How a view looks for eigenpairs. */
export interface ViewSettings extends EigenSearch {
  /**
   * Whether to work in all d coordinates and search from the gradient, as every view of all samples
   * does. Otherwise in the span of a batch's inputs, and from its Gauss–Newton matrix, where it can
   * be done. Default false.
   */
  readonly plain?: boolean;
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
  #hessian?: HessianOperator;
  #fullHessian?: HessianOperator;
  readonly #tops = new Map<CurvatureKind, Promise<TopPairs>>();
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
    return hasNumbers(this.hessian());
  }

  hessian(): HessianOperator {
    return (this.#hessian ??= this.#hessianOf(!this.settings.plain));
  }

  fullHessian(): HessianOperator {
    const hessian = this.hessian();
    if (hessian.n === this.dimension) return hessian;
    return (this.#fullHessian ??= this.#hessianOf(false));
  }

  lift(vector: ArrayLike<number>): ArrayLike<number> {
    return this.hessian().lift(Float64Array.from(vector));
  }

  curvature(kind: CurvatureKind): CurvatureOperator {
    if (kind === "hessian") return this.hessian();
    const known = this.#operators.get(kind);
    if (known !== undefined) return known;
    const operator = this.#operatorOf(kind, this.hessian().span);
    this.#operators.set(kind, operator);
    return operator;
  }

  async top(kind: CurvatureKind): Promise<TopPairs> {
    const known = this.#tops.get(kind);
    if (known !== undefined) return { ...(await known), products: 0 };
    const search = this.#searchTop(kind);
    this.#tops.set(kind, search);
    return search;
  }

  alongGradient(): GradientCurvature {
    if (this.#alongGradient !== undefined) return { ...this.#alongGradient, products: 0 };
    const { gradient, apply, n } = this.hessian();
    const product = new Float64Array(n);
    apply(gradient, product);
    this.#alongGradient = {
      quadratic: dot(gradient, product),
      square: dot(gradient, gradient),
      products: 1,
    };
    return this.#alongGradient;
  }

  layer(kind: CurvatureKind, name: string): CurvatureOperator {
    if (kind === "hessian") return this.#hessianOf(!this.settings.plain, [name]);
    return this.#operatorOf(kind, !this.settings.plain, [name]);
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

  shifted(displacement: ArrayLike<number>): LossView {
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
    const made = [this.#hessian, this.#fullHessian, ...this.#operators.values()];
    for (const operator of made) operator?.dispose();
    for (const { targets } of this.#outputChunks ?? []) targets.dispose();
    this.#hessian = undefined;
    this.#fullHessian = undefined;
    this.#operators.clear();
    this.#tops.clear();
    this.#outputChunks = undefined;
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

  /**
   * From the dual where there is one; certified where there is a memory; else from the gradient, which
   * leans towards sharp directions.
   */
  async #searchTop(kind: CurvatureKind): Promise<TopPairs> {
    const { memory, plain, executor, ...search } = this.settings;
    const here = this.curvature(kind);
    const operator = kind === "hessian" ? this.#spread(here) : here;
    if (kind === "hessian" && !plain && this.isFinite()) {
      const found = await topFromDual(this.hessian(), search);
      if (found !== undefined) return found;
    }
    if (memory === undefined) return topEigenvalue(operator, [operator.gradient], search);
    const name = memoryNames[kind];
    const remembered = recall(memory, name);
    const isOne = (search.count ?? 1) === 1 && operator.n > FEW && hasNumbers(operator);
    const found = isOne
      ? await certifiedTop(operator, remembered[0], search)
      : await topEigenvalue(operator, [...remembered, operator.gradient], search);
    remember(memory, name, toRemember(found.vectors, found.values));
    return found;
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

function meanLoss(params: ParameterTree, chunks: readonly LossChunk<ParameterTree>[]): number {
  return chunks.reduce(
    (sum, { loss, weight }) => sum + weight * tidy(() => loss(params).dataSync()[0]!),
    0,
  );
}
