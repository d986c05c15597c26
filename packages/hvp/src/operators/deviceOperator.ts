/** Curvature operators whose vectors stay on the device. */

import { clone, mul, type Tensor, type Tensor1D, tidy } from "@tensorflow/tfjs-core";
import { blockOf } from "../parameters/blocks.js";
import { joined, parted, readLater } from "../parameters/deviceVectors.js";
import { PairwiseSums } from "../parameters/pairwiseSums.js";
import { disposeTree, layoutOf, type ParameterTree } from "../parameters/parameters.js";
import { type FisherOptions, fisherBy } from "./fisher.js";
import { type GaussNewtonOptions, gaussNewtonBy } from "./gaussNewton.js";
import { type HessianOptions, hessianBy } from "./hessian.js";
import {
  type ChunkCurvature,
  checkMean,
  checkSameLoss,
  type Mean,
  RETAIN_BYTES,
  requireLength,
} from "./operator.js";

/** Symmetric operator on tensors [n]; nothing is read but losses, and these later. */
export interface DeviceOperator {
  /** d, the number of parameters (of the block). */
  readonly n: number;
  /** ∇L(θ), [n]; the operator's. */
  readonly gradient: Tensor1D;
  /** L(θ), summed over chunks in float64. */
  loss(): Promise<number>;
  /** A·x, both [n]; the caller's. */
  apply(x: Tensor1D): Tensor1D | Promise<Tensor1D>;
  dispose(): void;
}

/** `hessian`, on the device. It has no reduced coordinates. */
export const hessianOnDevice = <P extends ParameterTree>(options: HessianOptions<P>) =>
  hessianBy(meanOnDevice, options);

/** `gaussNewton`, on the device. */
export const gaussNewtonOnDevice = <P extends ParameterTree>(options: GaussNewtonOptions<P>) =>
  gaussNewtonBy(meanOnDevice, options);

/** `fisher`, on the device. */
export const fisherOnDevice = <P extends ParameterTree>(options: FisherOptions<P>) =>
  fisherBy(meanOnDevice, options);

/**
 * A mean of curvatures over chunks of samples, A = Σ_k w_k A_k, summed pairwise in float32. Chunks that
 * are linearised anew for a product must have the loss that they had; all are read at once, after it.
 */
const meanOnDevice: Mean<DeviceOperator> = (
  { params, block: names, retainBytes = RETAIN_BYTES, onChunk },
  chunks,
  functionOf,
  linearizeChunk,
) => {
  checkMean(chunks);
  const { block, complete } = blockOf(params, names);
  const { size } = layoutOf(block);
  const losses: Tensor[] = [];
  const retained: Array<ChunkCurvature | undefined> = [];
  let values: Promise<ArrayLike<number>> | undefined;

  const linearizeAt = (index: number) => {
    const chunk = chunks[index]!;
    const f = (p: ParameterTree) => functionOf(chunk)(complete(p) as never);
    return linearizeChunk(f, block, chunk, index);
  };
  const lossesNow = () => (values ??= readLater(() => joined(losses)));
  const dispose = () => {
    for (const curvature of retained) curvature?.dispose();
    disposeTree(losses);
    retained.length = 0;
    losses.length = 0;
  };

  const slopes = new PairwiseSums<readonly Tensor[]>();
  let bytes = 0;
  try {
    for (const [index, { weight }] of chunks.entries()) {
      onChunk?.(index, chunks.length);
      const curvature = linearizeAt(index);
      losses.push(clone(curvature.loss));
      slopes.add([weighted(curvature.gradient, weight)]);
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
  const gradient = slopes.total()[0] as Tensor1D;

  return {
    n: size,
    gradient,
    async loss() {
      const each = await lossesNow();
      return chunks.reduce((sum, { weight }, index) => sum + weight * each[index]!, 0);
    },
    apply(x) {
      requireLength({ length: x.size }, size);
      const v = parted(x, block);
      const sums = new PairwiseSums<readonly Tensor[]>();
      const again: Tensor[] = [];
      for (const [index, { weight }] of chunks.entries()) {
        onChunk?.(index, chunks.length);
        const curvature = retained[index] ?? linearizeAt(index);
        const product = curvature.product(v);
        sums.add([weighted(product, weight)]);
        disposeTree(product);
        if (curvature === retained[index]) continue;
        again.push(clone(curvature.loss));
        curvature.dispose();
      }
      disposeTree(v);
      const total = sums.total()[0] as Tensor1D;
      if (again.length === 0) return total;
      return sameLosses(again).then(
        () => total,
        (error) => {
          total.dispose();
          throw error;
        },
      );
    },
    dispose() {
      dispose();
      gradient.dispose();
    },
  };

  async function sameLosses(again: readonly Tensor[]): Promise<void> {
    const missing = [...chunks.keys()].filter((index) => retained[index] === undefined);
    const numbers = Promise.all([lossesNow(), readLater(() => joined(again))]);
    disposeTree(again);
    const [before, now] = await numbers;
    for (const [k, index] of missing.entries()) checkSameLoss([now[k]!], [before[index]!]);
  }
};

/** w·v as one vector. */
function weighted(tree: ParameterTree, weight: number): Tensor1D {
  return tidy(() => (weight === 1 ? joined(tree) : mul(joined(tree), weight)));
}
