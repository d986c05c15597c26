import { add, mul, pow, square } from "@tensorflow/tfjs-core";
import { alongAxis } from "./alongAxis.js";
import type { Decomposition } from "./rule.js";

/** y_c = x_c·(bias + α·Σ_{|d − c| ≤ r} x_d²)^(−β) over the last axis. */
export const lrnDecomposition: Decomposition = {
  kernelName: "LRN",
  decompose({ x }, attrs) {
    const { depthRadius, bias, alpha, beta } = attrs as Record<string, number>;
    const channels = Array.from({ length: x!.shape[3]! }, (_, c) => c);
    const near = channels.map((c) =>
      channels.map((d) => (Math.abs(c - d) <= depthRadius! ? alpha! : 0)),
    );
    return mul(x!, pow(add(alongAxis(square(x!), 3, near), bias!), -beta!));
  },
};
