import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample, values } from "../../testing/index.js";

const image = sample([2, 3, 4, 2]);

type Resize = (x: tf.Tensor4D, size: [number, number], align: boolean, half: boolean) => tf.Tensor;

const resizes: RuleCheck[] = (
  [
    ["resizeBilinear", tf.image.resizeBilinear],
    ["resizeNearestNeighbor", tf.image.resizeNearestNeighbor],
  ] as Array<[string, Resize]>
).flatMap(([name, resize]) =>
  [
    [false, false],
    [true, false],
    [false, true],
  ].flatMap(([align, half]) =>
    (
      [
        [6, 8],
        [2, 7],
        [5, 1],
      ] as Array<[number, number]>
    ).map((size) => ({
      name: `${name} to ${size}${align ? ", corners aligned" : ""}${half ? ", half pixels" : ""}`,
      f: ({ x }: Record<string, tf.Tensor>) => resize(x as tf.Tensor4D, size, align!, half!),
      inputs: { x: image },
    })),
  ),
);

const boxes = () =>
  tf.tensor2d([
    [0, 0, 1, 1],
    [0.125, 0.25, 0.625, 0.875],
    [0.75, 0.875, -0.25, 0.25],
    [-0.5, 0.25, 1.5, 0.75],
  ]);

const crops: RuleCheck[] = (
  [
    ["bilinear", [3, 2]],
    ["bilinear", [1, 5]],
    ["nearest", [4, 3]],
  ] as Array<["bilinear" | "nearest", [number, number]]>
).map(([method, size]) => ({
  name: `cropAndResize, ${method}, ${size}`,
  f: ({ x }) =>
    tf.image.cropAndResize(
      x as tf.Tensor4D,
      boxes(),
      tf.tensor1d([0, 1, 1, 0], "int32"),
      size,
      method,
      0.5,
    ),
  inputs: { x: image },
}));

const filters: RuleCheck[] = [
  [1, 1, 1, 0.5],
  [5, 2, 0.25, 0.75],
  [0, 1, 0.5, 1],
].map(([radius, bias, alpha, beta]) => ({
  name: `localResponseNormalization, radius ${radius}`,
  f: ({ x }) => tf.localResponseNormalization(x as tf.Tensor4D, radius, bias, alpha, beta),
  inputs: { x: sample([2, 2, 2, 5]) },
}));

const dilations: RuleCheck[] = (
  [
    [1, "valid", 1, [0, 0]],
    [2, "same", 1, [0, 1]],
    [1, "same", 2, [2, 2]],
  ] as Array<[number, "valid" | "same", number, [number, number]]>
).map(([stride, pad, dilation, margin]) => ({
  name: `dilation2d, ${pad}, stride ${stride}, dilation ${dilation}`,
  f: ({ x, w }) => tf.dilation2d(x as tf.Tensor4D, w as tf.Tensor3D, stride, pad, dilation),
  reference: ({ x, w }) => dilated(x!, w!, stride, dilation, margin),
  inputs: {
    x: sample([1, 4, 5, 2], { low: -40, high: 40 }),
    w: values([2, 2, 2], [0.5, 1, -2, 3, 4.25, -1.5, 2.75, 0.125]),
  },
}));

/** By its definition: the kernel of wasm differs from it. */
function dilated(x: tf.Tensor, w: tf.Tensor, s: number, d: number, pad: [number, number]) {
  const [image, kernel] = [x.dataSync(), w.dataSync()];
  const [b, h, width, c] = x.shape as [number, number, number, number];
  const [kh, kw] = w.shape as [number, number];
  const size = (n: number, k: number) => Math.floor((n + k - d - 1) / s) + 1;
  const [oh, ow] = [size(h, pad[0]), size(width, pad[1])];
  const before = pad.map((n) => Math.floor(n / 2));
  const y = tf.buffer([b, oh, ow, c]);
  for (let n = 0; n < y.size; n++) {
    const [sample, i, j, channel] = y.indexToLoc(n) as [number, number, number, number];
    let largest = Number.NEGATIVE_INFINITY;
    for (let p = 0; p < kh; p++) {
      for (let q = 0; q < kw; q++) {
        const [row, column] = [i * s + p * d - before[0]!, j * s + q * d - before[1]!];
        if (row < 0 || column < 0 || row >= h || column >= width) continue;
        const at = ((sample * h + row) * width + column) * c + channel;
        largest = Math.max(largest, image[at]! + kernel[(p * kw + q) * c + channel]!);
      }
    }
    y.values[n] = largest;
  }
  return y.toTensor();
}

export const resizingCases: RuleCheck[] = [...resizes, ...crops, ...filters, ...dilations];
