import { getBackend, getKernel, reshape, scatterND } from "@tensorflow/tfjs-core";
import type { Lowering } from "./lowering.js";

/**
 * y[s] = Σ x[i] over the i with segment s, as a scatter that adds what meets at one place: wasm has
 * no kernel UnsortedSegmentSum, and that of TensorFlow adds float32 numbers one after another.
 */
export const segmentSumLowering: Lowering = {
  kernelName: "UnsortedSegmentSum",
  execute({ x, segmentIds }, { numSegments }) {
    const backend = getBackend();
    const here = getKernel("UnsortedSegmentSum", backend) !== undefined;
    if (here && (backend !== "tensorflow" || x!.size === 0)) return undefined;
    const shape = [numSegments as number, ...x!.shape.slice(segmentIds!.rank)];
    return scatterND(reshape(segmentIds!, [segmentIds!.size, 1]), x!, shape);
  },
};
