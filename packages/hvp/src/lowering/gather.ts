/** Entries along the first axis by other kernels. */

import { expandDims, gatherND, getBackend, type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { Lowering } from "./lowering.js";

/** Entries along the first axis, by their numbers; this is how maxima of pooling windows are picked. */
export const gatherLowering: Lowering = {
  kernelName: "GatherV2",
  execute({ x, indices }, { axis, batchDims }) {
    // TensorFlow refuses to look into a tensor without entries.
    if (axis !== 0 || batchDims !== 0 || x!.size === 0) return undefined;
    switch (getBackend()) {
      case "wasm":
        return x!.rank === 1 && x!.dtype === "float32" ? picked(x!, indices!) : undefined;
      case "tensorflow":
        // Its GatherV2 looks at every index in JavaScript first, a tenth of the time of a network
        // with pooling; this kernel leaves that to TensorFlow.
        return gatherND(x!, expandDims(indices!, -1));
      default:
        return undefined;
    }
  },
};

/** The kernel of wasm copies each number as a slice of its own, which takes five times as long. */
function picked(x: Tensor, indices: Tensor): Tensor {
  const from = x.dataSync();
  const positions = indices.dataSync();
  const numbers = new Float32Array(positions.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = from[positions[i]!]!;
  return tensor(numbers, indices.shape);
}
