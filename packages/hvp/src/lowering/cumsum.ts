import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { addsHere } from "./doubles.js";
import type { Lowering } from "./lowering.js";

/** Running sums along an axis, in float64: those of all backends round at each step. */
export const cumsumLowering: Lowering = {
  kernelName: "Cumsum",
  execute({ x }, attrs) {
    if (!addsHere(x!)) return undefined;
    const { axis, exclusive, reverse } = attrs as {
      axis: number;
      exclusive: boolean;
      reverse: boolean;
    };
    return running(x!, axis < 0 ? axis + x!.rank : axis, exclusive, reverse);
  },
};

function running(x: Tensor, axis: number, exclusive: boolean, reverse: boolean): Tensor {
  const count = x.shape[axis]!;
  const inner = x.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const values = x.dataSync();
  const sums = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += count * inner) {
    for (let column = 0; column < inner; column++) {
      let sum = 0;
      for (let step = 0; step < count; step++) {
        const at = start + (reverse ? count - 1 - step : step) * inner + column;
        const before = sum;
        sum += values[at]!;
        sums[at] = exclusive ? before : sum;
      }
    }
  }
  return tensor(sums, x.shape);
}
