import { getBackend, tensor } from "@tensorflow/tfjs-core";
import type { Lowering } from "./lowering.js";

/**
 * Single numbers picked from a vector, on wasm: its kernel copies each as a slice of its own, which
 * takes five times as long. This is how the maxima of pooling windows are picked.
 */
export const gatherLowering: Lowering = {
  kernelName: "GatherV2",
  execute({ x, indices }) {
    if (getBackend() !== "wasm" || x!.rank !== 1 || x!.dtype !== "float32") return undefined;
    const from = x!.dataSync();
    const positions = indices!.dataSync();
    const picked = new Float32Array(positions.length);
    for (let i = 0; i < picked.length; i++) picked[i] = from[positions[i]!]!;
    return tensor(picked, indices!.shape);
  },
};
