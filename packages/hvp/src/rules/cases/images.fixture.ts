import * as tf from "@tensorflow/tfjs-core";
import { type RuleCheck, sample, values } from "../../testing/index.js";

type Padding = "same" | "valid" | number | tf.backend_util.ExplicitPadding;

interface Window {
  readonly name: string;
  readonly kernel: [number, number];
  readonly strides?: [number, number];
  readonly pad: Padding;
  readonly dilations?: [number, number];
}

/** On images of 5 × 6. */
const windows: Window[] = [
  { name: "3×3 valid", kernel: [3, 3], pad: "valid" },
  { name: "3×3 same", kernel: [3, 3], pad: "same" },
  { name: "3×3 pad 1", kernel: [3, 3], pad: 1 },
  {
    name: "2×3 explicit padding",
    kernel: [2, 3],
    pad: [
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ],
  },
  { name: "3×3 same, stride 2", kernel: [3, 3], strides: [2, 2], pad: "same" },
  { name: "3×3 pad 1, stride 2", kernel: [3, 3], strides: [2, 2], pad: 1 },
  { name: "2×2 valid, stride 2×3", kernel: [2, 2], strides: [2, 3], pad: "valid" },
  { name: "1×1, stride 2", kernel: [1, 1], strides: [2, 2], pad: "valid" },
  { name: "2×3 valid, dilation 2×1", kernel: [2, 3], pad: "valid", dilations: [2, 1] },
  { name: "3×3 same, dilation 2", kernel: [3, 3], pad: "same", dilations: [2, 2] },
];

const image = (channels: number, seed = 0) => sample([2, 5, 6, channels], { seed });

/** With biases beyond the sum of 18 such weights, an activation behind stays on one side of 0. */
const small = (shape: number[]) => sample(shape, { low: -0.25, high: 0.25, seed: 1 });

type Layer = (x: tf.Tensor4D, pad: Padding, w?: tf.Tensor4D) => tf.Tensor;

/**
 * With a given number of zeros the native backend cannot run the layer outside a recording: then
 * the reference pads first.
 */
function padded(layer: Layer, pad: Padding, border = 0): Pick<RuleCheck, "f" | "reference"> {
  const run = (x: tf.Tensor, padding: Padding, w?: tf.Tensor) =>
    layer(x as tf.Tensor4D, padding, w as tf.Tensor4D);
  const f: RuleCheck["f"] = ({ x, w }) => run(x!, pad, w);
  if (typeof pad === "string") return { f };
  const margins =
    typeof pad === "number"
      ? [
          [0, 0],
          [pad, pad],
          [pad, pad],
          [0, 0],
        ]
      : pad;
  const widened = (x: tf.Tensor, value: number) =>
    tf.pad(x, margins as Array<[number, number]>, value);
  return { f, reference: ({ x, w }) => run(widened(x!, border), "valid", w) };
}

const convolutions: RuleCheck[] = windows.map(
  ({ name, kernel, strides = [1, 1], pad, dilations = [1, 1] }) => ({
    name: `conv2d, ${name}`,
    ...padded((x, p, w) => tf.conv2d(x, w!, strides, p, "NHWC", dilations), pad),
    inputs: { x: image(2), w: sample([...kernel, 2, 3], { seed: 1 }) },
  }),
);

const depthwise: RuleCheck[] = windows.map(
  ({ name, kernel, strides = [1, 1], pad, dilations = [1, 1] }) => ({
    name: `depthwiseConv2d, ${name}`,
    ...padded((x, p, w) => tf.depthwiseConv2d(x, w!, strides, p, "NHWC", dilations), pad),
    inputs: { x: image(2), w: sample([...kernel, 2, 2], { seed: 1 }) },
  }),
);

const poolWindows: Window[] = [
  ...windows.filter(({ dilations }) => !dilations),
  { name: "5×6, the whole image", kernel: [5, 6], pad: "valid" },
  { name: "2×2, stride 1", kernel: [2, 2], strides: [1, 1], pad: "valid" },
];

const pools: RuleCheck[] = poolWindows.flatMap(({ name, kernel, strides = [1, 1], pad }) => {
  const average = padded((x, p) => tf.avgPool(x, kernel, strides, p), pad);
  const { reference } = average;
  return [
    {
      name: `maxPool, ${name}`,
      ...padded((x, p) => tf.maxPool(x, kernel, strides, p), pad, -1e9),
      inputs: { x: image(2) },
    },
    {
      name: `avgPool, ${name}`,
      f: average.f,
      // Entries outside the image do not count.
      ...(reference && {
        reference: ({ x }: Record<string, tf.Tensor>) =>
          tf.div(reference({ x: x! }), reference({ x: tf.onesLike(x!) })),
      }),
      inputs: { x: image(2) },
    },
  ];
});

const activations = ["linear", "relu", "elu", "sigmoid"] as const;

export const imageCases: RuleCheck[] = [
  ...convolutions,
  ...depthwise,
  ...pools,
  ...activations.map((activation) => ({
    name: `fused conv2d, ${activation}`,
    f: ({ x, w, bias }: Record<string, tf.Tensor>) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: w as tf.Tensor4D,
        strides: 1,
        pad: "same",
        bias: bias!,
        activation,
      }),
    inputs: {
      x: image(2),
      w: small([3, 3, 2, 3]),
      bias: activation === "sigmoid" ? sample([3], { seed: 2 }) : values([3], [6, -6, 5]),
    },
  })),
  {
    name: "fused depthwise conv2d, relu",
    f: ({ x, w, bias }) =>
      tf.fused.depthwiseConv2d({
        x: x as tf.Tensor4D,
        filter: w as tf.Tensor4D,
        strides: 1,
        pad: "same",
        bias: bias!,
        activation: "relu",
      }),
    inputs: { x: image(2), w: small([3, 3, 2, 1]), bias: values([2], [3, -3]) },
  },
  {
    name: "conv2dTranspose, stride 2",
    f: ({ x, w }) =>
      tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, 9, 11, 2], 2, "same"),
    inputs: { x: image(3), w: sample([3, 3, 2, 3], { seed: 1 }) },
  },
  {
    name: "separableConv2d",
    f: ({ x, depth, point }) =>
      tf.separableConv2d(x as tf.Tensor4D, depth as tf.Tensor4D, point as tf.Tensor4D, 1, "same"),
    inputs: {
      x: image(2),
      depth: sample([3, 3, 2, 2], { seed: 1 }),
      point: sample([1, 1, 4, 3], { seed: 2 }),
    },
  },
  {
    name: "conv1d",
    f: ({ x, w }) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 2, "same"),
    inputs: { x: sample([2, 7, 2]), w: sample([3, 2, 3], { seed: 1 }) },
  },
  {
    name: "global average pool",
    f: ({ x }) => tf.mean(x!, [1, 2]),
    inputs: { x: image(2) },
  },
  {
    name: "global max pool",
    f: ({ x }) => tf.max(x!, [1, 2]),
    inputs: { x: image(2) },
  },
];
