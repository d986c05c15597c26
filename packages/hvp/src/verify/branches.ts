import { backend_util, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { inConstant } from "../constant.js";
import { intercept, type KernelCall, type RunKernel } from "../intercept.js";

/** Kernels with a kink where an input crosses zero. */
const kinksAtZero = new Set(["Abs", "Elu", "LeakyRelu", "Prelu", "Relu", "Relu6", "Selu", "Sign"]);

/** Kernels whose results are themselves the choice of a branch. */
const choices = new Set([
  "ArgMax",
  "ArgMin",
  "Ceil",
  "Equal",
  "Floor",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "NotEqual",
  "Round",
  "Step",
]);

/**
 * Which smooth piece of a piecewise smooth computation an evaluation lies on: a text that is the
 * same for evaluations in which every ReLU has the same sign pattern, every maximum the same
 * argument, and so on. Differences mean a derivative only between evaluations of one piece.
 */
export function branchOf(body: () => Tensor): string {
  let hash = 0x811c9dc5;
  let count = 0;
  const note = (values: ArrayLike<number>, choose: (x: number) => number = Number) => {
    for (let i = 0; i < values.length; i++) {
      hash = Math.imul(hash ^ (choose(values[i]!) + 7 * (i % 8191)), 0x01000193) >>> 0;
      count += choose(values[i]!);
    }
  };
  const handler = (call: KernelCall, run: RunKernel) => {
    const output = run(call);
    // Where a constant jumps, the loss does not.
    if (inConstant()) return output;
    const { kernelName = "", inputs, attrs = {} } = call;
    const read = (kernel: string, operands: Record<string, Tensor>) => {
      const result = run({ kernelName: kernel, inputs: operands }) as Tensor;
      return result.dataSync();
    };
    if (kinksAtZero.has(kernelName)) note(Object.values(inputs)[0]!.dataSync(), positive);
    if (kernelName === "Relu6") note(inputs.x!.dataSync(), (x) => positive(x - 6));
    if (kernelName === "ClipByValue") {
      const { clipValueMin, clipValueMax } = attrs as Record<string, number>;
      const place = (x: number) => positive(x - clipValueMin!) + positive(x - clipValueMax!);
      note(inputs.x!.dataSync(), place);
    }
    if (choices.has(kernelName)) note((output as Tensor).dataSync());
    if (kernelName === "Maximum" || kernelName === "Minimum") {
      note(read("Greater", { a: inputs.a!, b: inputs.b! }));
    }
    if (kernelName === "Max" || kernelName === "Min") {
      const { reductionIndices } = attrs as { reductionIndices: number | number[] };
      note(attained(inputs.x!, output as Tensor, [reductionIndices].flat()));
    }
    if (kernelName === "MaxPool") note(poolArguments(inputs.x!, attrs));
    return output;
  };
  tidy(() => {
    intercept(handler, body);
  });
  return `${hash} ${count}`;
}

const positive = (x: number) => (x > 0 ? 1 : 0);

/** For each entry of x whether it is the extreme value of its group, [x.size]. */
function attained(x: Tensor, extreme: Tensor, axes: number[]): number[] {
  const reduced = new Set(axes.map((axis) => (axis + x.rank) % x.rank));
  const extremes = extreme.dataSync();
  return Array.from(x.dataSync(), (value, index) => {
    let rest = index;
    let place = 0;
    let stride = 1;
    for (let axis = x.rank - 1; axis >= 0; axis--) {
      const coordinate = rest % x.shape[axis]!;
      rest = Math.floor(rest / x.shape[axis]!);
      if (reduced.has(axis)) continue;
      place += coordinate * stride;
      stride *= x.shape[axis]!;
    }
    return value === extremes[place] ? 1 : 0;
  });
}

/** The place of each window's maximum, windows in order. */
function poolArguments(x: Tensor, attrs: Readonly<Record<string, unknown>>): number[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    filterSize: number | [number, number];
    strides: number | [number, number];
    pad: "valid" | "same" | number;
    dimRoundingMode?: "floor" | "round" | "ceil";
  };
  const info = backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const values = x.dataSync();
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const places: number[] = [];
  for (let b = 0; b < info.batchSize; b++) {
    for (let row = 0; row < info.outHeight; row++) {
      for (let column = 0; column < info.outWidth; column++) {
        for (let c = 0; c < channels; c++) {
          let best = -1;
          for (let i = 0; i < info.filterHeight; i++) {
            for (let j = 0; j < info.filterWidth; j++) {
              const y = row * info.strideHeight - info.padInfo.top + i;
              const z = column * info.strideWidth - info.padInfo.left + j;
              if (y < 0 || z < 0 || y >= height || z >= width) continue;
              const place = ((b * height + y) * width + z) * channels + c;
              if (best < 0 || values[place]! > values[best]!) best = place;
            }
          }
          places.push(best);
        }
      }
    }
  }
  return places;
}
