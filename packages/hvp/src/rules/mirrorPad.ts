import { gather, type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/** x with a margin that mirrors it, as a gather along each padded axis. */
export const mirrorPadDecomposition: Decomposition = {
  kernelName: "MirrorPad",
  decompose({ x }, attrs) {
    const { paddings, mode } = attrs as { paddings: Array<[number, number]>; mode: string };
    // `reflect` leaves out the edge itself, `symmetric` repeats it.
    const repeat = mode === "symmetric" ? 1 : 0;
    return paddings.reduce<Tensor>((padded, [before, after], axis) => {
      const size = x!.shape[axis]!;
      if (before === 0 && after === 0) return padded;
      const indices = Array.from({ length: before + size + after }, (_, position) => {
        const index = position - before;
        if (index < 0) return -index - repeat;
        return index < size ? index : 2 * (size - 1) - index + repeat;
      });
      return gather(padded, tensor1d(indices, "int32"), axis);
    }, x!);
  },
};
