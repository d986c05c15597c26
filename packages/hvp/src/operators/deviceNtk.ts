/** The neural tangent kernel on vectors that stay on the device. */

import { reshape, slice, type Tensor1D, tidy } from "@tensorflow/tfjs-core";
import { joined, readLater } from "../parameters/deviceVectors.js";
import { PairwiseSums } from "../parameters/pairwiseSums.js";
import { disposeTree, type ParameterTree } from "../parameters/parameters.js";
import { linearizedOutputs, type NtkOptions } from "./ntk.js";

/** K = J·Jᵀ over all outputs of all chunks, one after another, row-major. */
export interface DeviceNtk {
  /** Number of outputs. */
  readonly n: number;
  /** f(θ), [n]. */
  outputs(): Promise<ArrayLike<number>>;
  /** J·(Jᵀ·u), both [n]; the caller's. */
  apply(u: Tensor1D): Tensor1D;
  dispose(): void;
}

/** `ntk`, on the device. Sums over chunks are pairwise, in float32. */
export function ntkOnDevice<P extends ParameterTree>(options: NtkOptions<P>): DeviceNtk {
  const { parts, offsets, n, dispose } = linearizedOutputs(options);
  return {
    n,
    outputs: () => readLater(() => joined(parts.map((part) => part.outputs))),
    apply(u) {
      const sums = new PairwiseSums<ParameterTree>();
      for (const [k, { outputs, vjp }] of parts.entries()) {
        const dual = tidy(() => reshape(slice(u, offsets[k]!, outputs.size), outputs.shape));
        sums.add(vjp(dual));
        dual.dispose();
      }
      const v = sums.total();
      const images = parts.map((part) => part.jvp(v));
      disposeTree(v);
      const image = joined(images);
      disposeTree(images);
      return image;
    },
    dispose,
  };
}
