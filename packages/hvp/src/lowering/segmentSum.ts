import { getBackend, getKernel, reshape, scatterND } from "@tensorflow/tfjs-core";
import type { Lowering } from "./lowering.js";

/**
 * y[s] = Σ x[i] over the i with segment s, as a scatter that adds what meets at one place: wasm has
 * no kernel UnsortedSegmentSum.
 */
export const segmentSumLowering: Lowering = {
  kernelName: "UnsortedSegmentSum",
  execute({ x, segmentIds }, { numSegments }) {
    if (getKernel("UnsortedSegmentSum", getBackend()) !== undefined) return undefined;
    const shape = [numSegments as number, ...x!.shape.slice(segmentIds!.rank)];
    return scatterND(reshape(segmentIds!, [segmentIds!.size, 1]), x!, shape);
  },
};
