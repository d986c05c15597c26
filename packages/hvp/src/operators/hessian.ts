import type { Tensor } from "@tensorflow/tfjs-core";
import { type Linearization, linearize } from "../linearize.js";
import { disposeTree, flatten, layoutOf, type ParameterTree, unflatten } from "../parameters.js";

/** A part of a mean loss: L = Σ weight·loss over the chunks; the weights of all chunks sum to one. */
export interface LossChunk<P extends ParameterTree> {
  readonly loss: (params: P) => Tensor;
  readonly weight: number;
}

export interface HessianOptions<P extends ParameterTree> {
  /** θ; must stay alive as long as the operator. */
  readonly params: P;
  readonly chunks: readonly LossChunk<P>[];
  /** Linearisations are kept for later products until they hold this many bytes; default 512 MiB. */
  readonly retainBytes?: number;
}

/** Symmetric operator on flat vectors, with the loss and gradient that it knows anyway. */
export interface HessianOperator {
  /** d, the number of parameters. */
  readonly n: number;
  /** Products made so far; one product runs over all chunks. */
  readonly products: number;
  /** L(θ). */
  readonly loss: number;
  /** ∇L(θ), [d]. */
  readonly gradient: Float64Array;
  /** out ← H·x, both [d]. */
  apply(x: Float32Array | Float64Array, out: Float32Array | Float64Array): void;
  dispose(): void;
}

/**
 * The Hessian of a mean loss as an operator for an eigensolver.
 *
 *   H = Σ_k w_k ∇²L_k(θ),   chunk k a part of the samples, w_k its share of them
 *
 * Chunks run one after another and their products are summed in float64, so memory is that of one
 * chunk plus `retainBytes`, whatever the number of samples. Linearisations that fit are kept;
 * the others are made anew for each product.
 *
 * @returns eigenvalues of H are in loss per parameter² and compare with 2/η
 * @throws UnverifiedOpError as `linearize`
 */
export function hessian<P extends ParameterTree>({
  params,
  chunks,
  retainBytes = 512 * 2 ** 20,
}: HessianOptions<P>): HessianOperator {
  const { size } = layoutOf(params);
  const retained: Array<Linearization<P> | undefined> = [];
  const gradient = new Float64Array(size);
  const part = new Float32Array(size);
  let loss = 0;
  let bytes = 0;
  let products = 0;

  for (const [index, chunk] of chunks.entries()) {
    const linearization = linearize(chunk.loss, params);
    loss += chunk.weight * linearization.loss.dataSync()[0]!;
    addScaled(gradient, chunk.weight, flatten(linearization.gradient, part));
    if (bytes + linearization.bytes > retainBytes) {
      linearization.dispose();
      continue;
    }
    bytes += linearization.bytes;
    retained[index] = linearization;
  }

  return {
    n: size,
    get products() {
      return products;
    },
    loss,
    gradient,
    apply(x, out) {
      products += 1;
      const v = unflatten(x, params);
      const only = chunks.length === 1 && chunks[0]!.weight === 1 ? retained[0] : undefined;
      if (only !== undefined) {
        const product = only.hvp(v);
        flatten(product, out);
        disposeTree(product);
        disposeTree(v);
        return;
      }
      const sum = out instanceof Float64Array ? out : new Float64Array(size);
      sum.fill(0);
      for (const [index, chunk] of chunks.entries()) {
        const linearization = retained[index] ?? linearize(chunk.loss, params);
        const product = linearization.hvp(v);
        addScaled(sum, chunk.weight, flatten(product, part));
        disposeTree(product);
        if (retained[index] === undefined) linearization.dispose();
      }
      disposeTree(v);
      if (sum !== out) out.set(sum);
    },
    dispose() {
      for (const linearization of retained) linearization?.dispose();
      retained.length = 0;
    },
  };
}

function addScaled(sum: Float64Array, weight: number, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * part[i]!;
}
