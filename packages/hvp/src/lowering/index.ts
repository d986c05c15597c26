/** Other ways to execute kernels, by backend. */

import { getBackend, getKernel, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { isComplete } from "../rules/complete.js";
import { decompositionOf } from "../rules/registry.js";
import type { KernelCall, RunKernel } from "../tape/intercept.js";
import { avgPool3dLowering, avgPoolLowering } from "./avgPool.js";
import { convFilterLowering, convInputLowering, convLowering } from "./conv2d.js";
import { conv3dFilterLowering, conv3dInputLowering } from "./conv3d.js";
import { cumsumLowering } from "./cumsum.js";
import type { Derived } from "./derived.js";
import { gatherLowering } from "./gather.js";
import { identityLowering } from "./identity.js";
import type { Lowering } from "./lowering.js";
import { matMulLowering } from "./matMul.js";
import { scatterNdLowering } from "./scatterNd.js";
import { segmentSumLowering } from "./segmentSum.js";
import { softmaxLowering } from "./softmax.js";
import { stepLowering } from "./step.js";
import { stridedSliceLowering } from "./stridedSlice.js";
import { meanLowering, sumLowering } from "./sum.js";
import { tileLowering } from "./tile.js";

const lowerings = new Map<string, Lowering>(
  [
    avgPool3dLowering,
    avgPoolLowering,
    convFilterLowering,
    convInputLowering,
    convLowering,
    conv3dFilterLowering,
    conv3dInputLowering,
    cumsumLowering,
    gatherLowering,
    identityLowering,
    matMulLowering,
    meanLowering,
    scatterNdLowering,
    segmentSumLowering,
    softmaxLowering,
    stepLowering,
    stridedSliceLowering,
    sumLowering,
    tileLowering,
  ].map((lowering) => [lowering.kernelName, lowering]),
);

/** Executes a kernel call: in a better way where one is known, else as it is. */
export function lowered(call: KernelCall, run: RunKernel, derived: Derived): Tensor | Tensor[] {
  const { kernelName, inputs, attrs = {} } = call;
  if (kernelName === undefined) return run(call);
  const lowering = lowerings.get(kernelName);
  if (lowering && !isComplete(kernelName, getBackend())) {
    const result = tidy(() => lowering.execute(inputs, attrs, derived) ?? []);
    if (!Array.isArray(result)) return result;
  }
  if (!isOnBackend(kernelName)) {
    const result = tidy(() => decompositionOf(kernelName)?.decompose(inputs, attrs));
    if (result !== undefined) return result;
  }
  return run(call);
}

export function isOnBackend(kernelName: string): boolean {
  return getKernel(kernelName, getBackend()) !== undefined;
}
