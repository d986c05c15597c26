/** What all curvature operators share. */

import type { Tensor } from "@tensorflow/tfjs-core";
import { differs, UnrepeatableLossError } from "../derivatives/repeatable.js";
import { blockOf } from "../parameters/blocks.js";
import { atOnce } from "../parameters/entries.js";
import {
  disposeTree,
  flatten,
  layoutOf,
  type ParameterTree,
  unflatten,
} from "../parameters/parameters.js";
import { type ParameterSpan, parameterSpan } from "../reduce/parameterSpan.js";
import { checkWeights } from "./checks.js";

/** What all curvature operators are made from. */
export interface OperatorOptions<P extends ParameterTree> {
  /** θ; must stay alive as long as the operator. */
  readonly params: P;
  /** Linearisations are kept for later products until they hold this many bytes; default 512 MiB. */
  readonly retainBytes?: number;
  /**
   * Names of the parameter tensors that vary, in their order in `params`; the others count as
   * constants. The operator is then the diagonal block of these parameters, and products cost less.
   */
  readonly block?: readonly string[];
  /**
   * Leaves out the directions of dense layers that no sample sees, where that saves work: fewer
   * coordinates, with the same eigenvalues (but zero) and the same norm of the gradient. Default
   * false. Where nothing is gained, as on several chunks, `unreduced` says why. The `span` of another operator on the same samples
   * gives its coordinates; they live as long as that operator. See `parameterSpan`.
   */
  readonly reduce?: boolean | ParameterSpan;
  /** Is told of each chunk as it begins, in the pass for the gradient and in each product. */
  readonly onChunk?: (chunk: number, chunks: number) => void;
}

/** Symmetric operator on flat vectors, with the loss and gradient that it knows anyway. */
export interface CurvatureOperator {
  /** Number of coordinates: d, the number of parameters (of the block), unless reduced. */
  readonly n: number;
  /** How its coordinates lie among the parameters; undefined where they are the parameters. */
  readonly span?: ParameterSpan | undefined;
  /** Where `reduce: true` changed nothing: why. */
  readonly unreduced?: string | undefined;
  /** Products made so far; one product runs over all chunks. */
  readonly products: number;
  /** L(θ). */
  readonly loss: number;
  /** ∇L(θ), [n]. */
  readonly gradient: Float64Array;
  /** out ← A·x, both [n]. */
  apply(x: Float32Array | Float64Array, out: Float32Array | Float64Array): void;
  /** A vector of coordinates, e.g. an eigenvector, as one of parameters, [d], of the same norm. */
  lift(x: Float32Array | Float64Array): Float32Array;
  dispose(): void;
}

/** The curvature of one chunk at fixed parameters. */
export interface ChunkCurvature {
  readonly loss: Tensor;
  readonly gradient: ParameterTree;
  /** Bytes that it keeps alive. */
  readonly bytes: number;
  /** A_k·v; the caller disposes it. */
  product(v: ParameterTree): ParameterTree;
  dispose(): void;
}

/** Bytes of linearisations that are kept, where nothing else is said. */
export const RETAIN_BYTES = 512 * 2 ** 20;

/** A way to take the mean of curvatures over chunks of samples; see `meanOverChunks`. */
export type Mean<R> = <P extends ParameterTree, C extends { readonly weight: number }>(
  options: OperatorOptions<P>,
  chunks: readonly C[],
  functionOf: (chunk: C) => (params: P) => Tensor,
  linearizeChunk: (
    f: (coordinates: ParameterTree) => Tensor,
    coordinates: ParameterTree,
    chunk: C,
    index: number,
  ) => ChunkCurvature,
) => R;

/**
 * A mean of curvatures over chunks of samples as one operator: A = Σ_k w_k A_k.
 *
 * Chunks run one after another and their products are summed in float64, so memory is that of one
 * chunk plus `retainBytes`, whatever the number of samples. Linearisations that fit are kept;
 * the others are made anew for each product.
 *
 * @param functionOf the function of the parameters through which a chunk enters
 * @param linearizeChunk the curvature of a chunk from that function at the coordinates that vary
 */
export const meanOverChunks: Mean<CurvatureOperator> = (
  { params, block: names, reduce = false, retainBytes = RETAIN_BYTES, onChunk },
  chunks,
  functionOf,
  linearizeChunk,
) => {
  checkMean(chunks);
  const { block, complete } = blockOf(params, names);
  const whole = chunks.map((chunk) => (p: ParameterTree) => functionOf(chunk)(complete(p)));
  if (typeof reduce === "object" && chunks.length > 1) {
    throw new RangeError(`a span is that of a single chunk of samples, there are ${chunks.length}`);
  }
  const found =
    reduce !== true
      ? undefined
      : chunks.length > 1
        ? `there are ${chunks.length} chunks of samples`
        : parameterSpan(whole[0]!, block);
  const own = typeof found === "object" ? found : undefined;
  const span = typeof reduce === "object" ? reduce : own;
  const functions = span ? whole.map((f) => span.restrict(f)) : whole;
  const coordinates: ParameterTree = span?.coordinates ?? block;
  const { size } = layoutOf(coordinates);
  const retained: Array<ChunkCurvature | undefined> = [];
  const gradient = new Float64Array(size);
  const part = new Float32Array(size);
  let loss = 0;
  let bytes = 0;
  let products = 0;

  const values: ArrayLike<number>[] = [];
  const linearizeAt = (index: number) => {
    const curvature = linearizeChunk(functions[index]!, coordinates, chunks[index]!, index);
    const value = atOnce("an operator on typed arrays", () => curvature.loss.dataSync());
    values[index] ??= value;
    try {
      checkSameLoss(value, values[index]);
    } catch (error) {
      curvature.dispose();
      throw error;
    }
    return curvature;
  };
  const multiply = (index: number, v: ParameterTree, use: (product: ParameterTree) => void) => {
    onChunk?.(index, chunks.length);
    const curvature = retained[index] ?? linearizeAt(index);
    const product = curvature.product(v);
    use(product);
    disposeTree(product);
    if (retained[index] === undefined) curvature.dispose();
  };
  const dispose = () => {
    for (const curvature of retained) curvature?.dispose();
    retained.length = 0;
    own?.dispose();
  };

  try {
    for (const [index, { weight }] of chunks.entries()) {
      onChunk?.(index, chunks.length);
      const curvature = linearizeAt(index);
      loss += weight * curvature.loss.dataSync()[0]!;
      addScaled(gradient, weight, flatten(curvature.gradient, part));
      if (bytes + curvature.bytes > retainBytes) {
        curvature.dispose();
        continue;
      }
      bytes += curvature.bytes;
      retained[index] = curvature;
    }
  } catch (error) {
    dispose();
    throw error;
  }

  return {
    n: size,
    span,
    unreduced: typeof found === "string" ? found : undefined,
    get products() {
      return products;
    },
    loss,
    gradient,
    apply(x, out) {
      requireLength(out, size);
      const v = unflatten(x, coordinates);
      products += 1;
      // A single chunk, as every mini-batch is, needs no sum in float64.
      if (chunks.length === 1 && chunks[0]!.weight === 1) {
        multiply(0, v, (product) => flatten(product, out));
        disposeTree(v);
        return;
      }
      const sum = out instanceof Float64Array ? out : new Float64Array(size);
      sum.fill(0);
      for (const [index, { weight }] of chunks.entries()) {
        multiply(index, v, (product) => addScaled(sum, weight, flatten(product, part)));
      }
      disposeTree(v);
      if (sum !== out) out.set(sum);
    },
    lift(x) {
      const direction = unflatten(x, coordinates);
      const full = span ? span.lift(direction) : direction;
      const lifted = flatten(full, new Float32Array(layoutOf(block).size));
      disposeTree(direction);
      if (span) disposeTree(full);
      return lifted;
    },
    dispose,
  };
};

/** @throws RangeError unless there are chunks, whose weights sum to one */
export function checkMean(chunks: readonly { readonly weight: number }[]): void {
  if (chunks.length === 0) throw new RangeError("a mean over chunks needs at least one chunk");
  checkWeights("a mean", chunks);
}

/** @throws UnrepeatableLossError unless the values of a loss are those that it had before */
export function checkSameLoss(value: ArrayLike<number>, before: ArrayLike<number>): void {
  if (!differs(value, before)) return;
  throw new UnrepeatableLossError("the loss", "its value is not the one it had before");
}

/** @throws RangeError for a vector that does not have n entries */
export function requireLength(vector: ArrayLike<number>, n: number): void {
  if (vector.length !== n) {
    throw new RangeError(`the operator has ${n} coordinates, the vector has ${vector.length}`);
  }
}

/** sum ← sum + weight·part. */
export function addScaled(sum: Float64Array, weight: number, part: ArrayLike<number>): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * part[i]!;
}
