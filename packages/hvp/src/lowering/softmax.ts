import { div, exp, getBackend, max, sub, sum } from "@tensorflow/tfjs-core";
import { LONG } from "./longProduct.js";
import type { Lowering } from "./lowering.js";

/** softmax over many classes, whose exponentials the kernel of wasm adds in float32. */
export const softmaxLowering: Lowering = {
  kernelName: "Softmax",
  execute({ logits }, { dim }) {
    const axis = dim as number;
    if (getBackend() !== "wasm" || !(logits!.shape.at(axis)! > LONG)) return undefined;
    const powers = exp(sub(logits!, max(logits!, axis, true)));
    return div(powers, sum(powers, axis, true));
  },
};
