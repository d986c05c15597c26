import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample } from "../../testing/index.js";

const volume = sample([2, 4, 5, 3, 2]);

const convolutions: RuleCheck[] = [
  { name: "valid", stride: 1, pad: "valid", kernel: [2, 3, 2] },
  { name: "same", stride: 1, pad: "same", kernel: [3, 2, 3] },
  { name: "strides", stride: [2, 1, 2], pad: "same", kernel: [2, 2, 2] },
  { name: "dilations", stride: 1, pad: "same", kernel: [2, 2, 2], dilations: [2, 1, 2] },
].map(({ name, stride, pad, kernel, dilations }) => ({
  name: `conv3d, ${name}`,
  f: ({ x, w }: Record<string, tf.Tensor>) =>
    tf.conv3d(
      x as tf.Tensor5D,
      w as tf.Tensor5D,
      stride as number,
      pad as "same",
      "NDHWC",
      dilations as [number, number, number],
    ),
  inputs: { x: volume, w: sample([...kernel, 2, 3], { seed: 1 }) },
}));

const transposed: RuleCheck = {
  name: "conv3dTranspose",
  f: ({ x, w }) =>
    tf.conv3dTranspose(x as tf.Tensor5D, w as tf.Tensor5D, [1, 4, 4, 2, 2], [2, 2, 1], "same"),
  reference: ({ x, w }) => transposedByHand(x!, w!),
  inputs: { x: sample([1, 2, 2, 2, 3]), w: sample([2, 2, 1, 2, 3], { seed: 1 }) },
};

/** The same by a definition of its own: the kernel of wasm is wrong. */
function transposedByHand(x: tf.Tensor, w: tf.Tensor): tf.Tensor {
  const [from, kernel] = [x.bufferSync(), w.bufferSync()] as Array<tf.TensorBuffer<tf.Rank>>;
  const y = tf.buffer([1, 4, 4, 2, 2]);
  for (let n = 0; n < x.size; n++) {
    const [b, d, h, v, o] = from!.indexToLoc(n) as number[];
    for (let m = 0; m < w.size; m++) {
      const [i, j, k, c, output] = kernel!.indexToLoc(m) as number[];
      const at = [b!, d! * 2 + i!, h! * 2 + j!, v! + k!, c!];
      if (output !== o || at[1]! > 3 || at[2]! > 3 || at[3]! > 1) continue;
      y.set((y.get(...at) as number) + x.dataSync()[n]! * w.dataSync()[m]!, ...at);
    }
  }
  return y.toTensor();
}

/** The largest of shifted copies. */
function maximumByHand(x: tf.Tensor, size: number[], strides: number[], same: boolean): tf.Tensor {
  const image = x.bufferSync() as tf.TensorBuffer<tf.Rank>;
  const inner = x.shape.slice(1, 4);
  const output = inner.map((n, axis) =>
    same ? Math.ceil(n / strides[axis]!) : Math.ceil((n - size[axis]! + 1) / strides[axis]!),
  );
  const before = inner.map((n, axis) =>
    same ? Math.floor(Math.max(0, (output[axis]! - 1) * strides[axis]! + size[axis]! - n) / 2) : 0,
  );
  const y = tf.buffer([x.shape[0]!, ...output, x.shape[4]!]);
  y.values.fill(Number.NEGATIVE_INFINITY);
  for (let n = 0; n < y.size; n++) {
    const [b, d, h, w, c] = y.indexToLoc(n) as number[];
    for (let m = 0; m < size[0]! * size[1]! * size[2]!; m++) {
      const shift = [
        Math.floor(m / (size[1]! * size[2]!)),
        Math.floor(m / size[2]!) % size[1]!,
        m % size[2]!,
      ];
      const at = [d!, h!, w!].map((o, axis) => o * strides[axis]! + shift[axis]! - before[axis]!);
      if (at.some((i, axis) => i < 0 || i >= inner[axis]!)) continue;
      y.values[n] = Math.max(y.values[n]!, image.get(b!, at[0]!, at[1]!, at[2]!, c!) as number);
    }
  }
  return y.toTensor();
}

type Pool = (x: tf.Tensor5D, size: never, strides: never, pad: "same") => tf.Tensor;

const pools: RuleCheck[] = (
  [
    ["maxPool3d", tf.maxPool3d, 40],
    ["avgPool3d", tf.avgPool3d, 1],
  ] as Array<[string, Pool, number]>
).flatMap(([name, pool, high]) =>
  [
    { size: [2, 2, 2], strides: [2, 2, 2], pad: "valid" },
    { size: [2, 3, 2], strides: [1, 2, 1], pad: "same" },
    { size: [1, 2, 3], strides: [1, 1, 1], pad: "valid" },
  ].map(({ size, strides, pad }) => ({
    name: `${name}, ${size} by ${strides}, ${pad}`,
    f: ({ x }) => pool(x as tf.Tensor5D, size as never, strides as never, pad as "same"),
    // The kernel of wasm is wrong.
    ...(name === "maxPool3d" && {
      reference: ({ x }) => maximumByHand(x!, size, strides, pad === "same"),
    }),
    // For the maximum: apart from one another by more than the steps of differences.
    inputs: { x: sample([1, 4, 5, 3, 2], { low: -high, high }) },
  })),
);

export const volumeCases: RuleCheck[] = [...convolutions, transposed, ...pools];
