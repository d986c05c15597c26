/** Bounds on the entries of large tensors, from their factors. */

import type { NamedTensorMap, Tensor } from "@tensorflow/tfjs-core";
import { LARGE, readsAtOnce, squaredNorm } from "../parameters/entries.js";

type DataId = Tensor["dataId"];

/** Inputs of the kernels each of whose entries is Σ a·b, a and b each from one of two inputs, no pair twice. */
const BILINEAR: Readonly<Record<string, readonly [string, string]>> = {
  BatchMatMul: ["a", "b"],
  Conv2DBackpropFilter: ["x", "dy"],
  Conv3DBackpropFilterV2: ["x", "dy"],
};

/** Below the largest float32, 3.4e38, with room for the rounding of norms and sums. */
const REACHED = 1e37;

/**
 * Bounds on the entries of large tensors that are made of small ones: those are sooner looked at.
 *
 * A gradient of a weight matrix is a product A·B of what comes in and the slopes of what goes out.
 * By Cauchy and Schwarz each entry, and each part of the sum that it is, has
 *
 *   |Σ a·b| ≤ ‖A‖·‖B‖
 *
 * so that it is a finite number if the norms are and their product is one that a float32 can be. A sum
 * of such tensors is bounded by the sum of their bounds, a sum over segments by √n·‖A‖, n the size
 * of A.
 */
export class Bounds {
  readonly #known = new Map<DataId, number>();

  /** A kernel has been run. */
  note(kernelName: string | undefined, inputs: NamedTensorMap, output: Tensor | Tensor[]): void {
    if (kernelName === undefined || Array.isArray(output) || output.size < LARGE) return;
    const bound = this.#bound(kernelName, inputs, output.size);
    if (bound !== undefined) this.#known.set(output.dataId, bound);
  }

  /** Whether a tensor holds numbers only, as far as its bound says. */
  assures(tensor: Tensor): boolean {
    return this.#known.get(tensor.dataId)! < REACHED;
  }

  #bound(kernelName: string, inputs: NamedTensorMap, size: number): number | undefined {
    if (kernelName === "Add") return this.#of(inputs.a!) + this.#of(inputs.b!);
    const small = (factors: readonly Tensor[]) =>
      readsAtOnce() && 2 * factors.reduce((total, t) => total + t.size, 0) <= size;
    if (kernelName === "UnsortedSegmentSum") {
      const { x } = inputs;
      return small([x!]) ? Math.sqrt(x!.size * squaredNorm(x!)) : undefined;
    }
    const factors = BILINEAR[kernelName]?.map((name) => inputs[name]!);
    if (factors === undefined || !small(factors)) return undefined;
    return Math.sqrt(squaredNorm(factors[0]!)) * Math.sqrt(squaredNorm(factors[1]!));
  }

  #of({ dataId }: Tensor): number {
    return this.#known.get(dataId) ?? Number.NaN;
  }
}
