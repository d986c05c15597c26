import { exp, log, max, mul, sub, sum } from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import type { Decomposition, GradientRule } from "./rule.js";

/** y = softmax of x over the last axis; dx = y·(dy − Σ dy·y). */
export const softmaxRule: GradientRule = {
  kernelName: "Softmax",
  saveOutput: true,
  gradient: ({ dy, output }) => ({
    logits: () => mul(output(), sub(dy, sum(mul(dy, output()), -1, true))),
  }),
};

/** y = x − ln Σ eˣ over an axis; the largest entry, which cancels, is taken off first. */
export const logSoftmaxDecomposition: Decomposition = {
  kernelName: "LogSoftmax",
  decompose({ logits }, attrs) {
    const axis = (attrs.dim as number | undefined) ?? -1;
    const shifted = sub(
      logits!,
      constant(() => max(logits!, axis, true)),
    );
    return sub(shifted, log(sum(exp(shifted), axis, true)));
  },
};
