/** Means over windows, of which large ones are long sums. */

import { getBackend, type Tensor } from "@tensorflow/tfjs-core";
import { avgPoolDecomposition } from "../rules/avgPool.js";
import { avgPool3dDecomposition } from "../rules/conv3d.js";
import type { Decomposition } from "../rules/rule.js";
import { addsHere, SOME_TERMS } from "./doubles.js";
import type { Lowering } from "./lowering.js";

/** Means over large windows axis by axis; the kernel of the cpu backend adds in float64. */
function pooled({ kernelName, decompose }: Decomposition): Lowering {
  return {
    kernelName,
    execute({ x }, attrs) {
      if (getBackend() === "cpu" || !addsHere(x!)) return undefined;
      const sizes = [attrs.filterSize as number | number[]].flat();
      const axes = x!.rank - 2;
      const entries = axes > sizes.length ? sizes[0]! ** axes : sizes.reduce((n, m) => n * m, 1);
      return entries > SOME_TERMS ? (decompose({ x: x! }, attrs) as Tensor) : undefined;
    },
  };
}

export const avgPoolLowering = pooled(avgPoolDecomposition);
export const avgPool3dLowering = pooled(avgPool3dDecomposition);
