import { disposeTree, linearize, verifiedKernels } from "@eoss/hvp";
import { checkRule, type Sample, values } from "@eoss/hvp/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";

type Inputs = Record<string, tf.Tensor>;

/** An op on tensors whose axes have the given sizes. */
interface Sized {
  /** The kernels that it is there for. */
  readonly kernels: readonly string[];
  /** Number of sizes. */
  readonly axes: number;
  readonly shapes: (...sizes: number[]) => Record<string, number[]>;
  readonly f: (inputs: Inputs, ...sizes: number[]) => tf.Tensor | tf.Tensor[];
  /** Not compared with differences: what happens at one entry does at any. */
  readonly entrywise?: boolean;
}

const unary = (names: string): Sized[] =>
  names.split(" ").map((name) => ({
    kernels: [name[0]!.toUpperCase() + name.slice(1)],
    axes: 2,
    shapes: (m, n) => ({ x: [m, n] }),
    f: ({ x }) => (tf as unknown as Record<string, (x: tf.Tensor) => tf.Tensor>)[name]!(x!),
    entrywise: true,
  }));

const binary = (names: Record<string, string>): Sized[] =>
  Object.entries(names).map(([kernel, name]) => ({
    kernels: [kernel],
    axes: 2,
    shapes: (m, n) => ({ a: [m, 1], b: [n] }),
    f: ({ a, b }) =>
      (tf as unknown as Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>)[name]!(a!, b!),
    entrywise: true,
  }));

/** An op on a tensor [m, n]. */
const on = (
  kernel: string,
  f: (x: tf.Tensor, m: number, n: number) => tf.Tensor | tf.Tensor[],
): Sized => ({
  kernels: [kernel],
  axes: 2,
  shapes: (m, n) => ({ x: [m, n] }),
  f: ({ x }, m, n) => f(x!, m, n),
});

/** An op on an image [b, h, w, 2], one size for height and width. */
const image = (
  kernel: string,
  f: (x: tf.Tensor4D, b: number, h: number) => tf.Tensor,
  channels = 2,
): Sized => ({
  kernels: [kernel],
  axes: 2,
  shapes: (b, h) => ({ x: [b, h, h, channels] }),
  f: ({ x }, b, h) => f(x as tf.Tensor4D, b, h),
});

/** A convolution: samples, input and output channels; an image of 3 × 2. */
const convolution = (
  kernel: string,
  filter: (i: number, o: number) => number[],
  f: (x: tf.Tensor4D, w: tf.Tensor4D, inputs: Inputs) => tf.Tensor,
): Sized => ({
  kernels: [kernel],
  axes: 3,
  shapes: (b, i, o) => ({ x: [b, 3, 2, i], w: filter(i, o), bias: [o], bias2: [i * o] }),
  f: ({ x, w, ...inputs }) => f(x as tf.Tensor4D, w as tf.Tensor4D, inputs),
});

const int = (numbers: number[], shape?: number[]) => tf.tensor(numbers, shape, "int32");
const all = (n: number) => Array.from({ length: n }, (_, i) => i);
const run = (kernel: string, inputs: Inputs, attrs = {}) =>
  tf.engine().runKernel(kernel, inputs, attrs) as tf.Tensor;

const sized: Sized[] = [
  ...unary("abs acos asin asinh atan atanh cos cosh elu erf exp expm1 log log1p neg reciprocal"),
  ...unary("relu relu6 rsqrt selu sigmoid sin sinh softplus sqrt square tan tanh leakyRelu"),
  ...binary({ Add: "add", Sub: "sub", Multiply: "mul", RealDiv: "div", Pow: "pow", Mod: "mod" }),
  ...binary({ Maximum: "maximum", Minimum: "minimum", Atan2: "atan2" }),
  { ...on("Acosh", (x) => tf.acosh(tf.add(x, 1))), entrywise: true },
  {
    kernels: ["Prelu"],
    axes: 2,
    shapes: (m, n) => ({ x: [m, n], alpha: [n] }),
    f: ({ x, alpha }) => tf.prelu(x!, alpha!),
    entrywise: true,
  },
  on("SquaredDifference", (x, m) => tf.squaredDifference(x, tf.ones([m, 1]))),
  on("AddN", (x) => tf.addN([x, x])),
  on("ClipByValue", (x) => tf.clipByValue(x, 0.25, 0.75)),
  on("Select", (x) => tf.where(tf.greater(x, 0.5), x, tf.mul(x, 2))),
  on("Identity", (x) => tf.clone(x)),
  on("Cast", (x) => tf.cast(x, "float32")),
  // Differences of so few entries that sum to one say little.
  { ...on("Softmax", (x) => tf.softmax(x)), entrywise: true },
  { ...on("LogSoftmax", (x) => tf.logSoftmax(x)), entrywise: true },
  ...["sum", "mean", "max", "min", "prod", "logSumExp"].flatMap((name) =>
    [0, 1, undefined].map((axis) => ({
      ...on(name === "logSumExp" ? "Max" : name[0]!.toUpperCase() + name.slice(1), (x) =>
        (tf as unknown as Record<string, (x: tf.Tensor, axis?: number) => tf.Tensor>)[name]!(
          x,
          axis,
        ),
      ),
    })),
  ),
  on("Cumsum", (x) => tf.cumsum(x, 1)),
  on("Cumprod", (x) => tf.cumprod(x, 1)),
  on("Cumprod", (x) => tf.cumprod(x, 0, false, true)),
  on("Transpose", (x) => tf.transpose(x)),
  on("Reshape", (x, m, n) => tf.reshape(x, [n, m])),
  on("ExpandDims", (x) => tf.expandDims(x, 1)),
  on("Reverse", (x) => tf.reverse(x)),
  on("Tile", (x) => tf.tile(x, [2, 1])),
  on("Tile", (x) => tf.tile(x, [1, 1])),
  on("BroadcastTo", (x, m, n) => tf.broadcastTo(x, [2, m, n])),
  on("Slice", (x, m, n) => tf.slice(x, [0, 0], [m, Math.min(n, 1)])),
  on("StridedSlice", (x, m, n) => tf.stridedSlice(x, [0, 0], [m, n], [1, 2])),
  on("PadV2", (x) =>
    tf.pad(x, [
      [1, 0],
      [0, 2],
    ]),
  ),
  on("MirrorPad", (x) =>
    tf.mirrorPad(
      x,
      [
        [1, 0],
        [0, 1],
      ],
      "symmetric",
    ),
  ),
  on("Concat", (x) => tf.concat([x, tf.square(x)], 1)),
  on("Pack", (x) => tf.stack([x, tf.square(x)])),
  on("Unpack", (x) => tf.unstack(x, 1)),
  on("SplitV", (x, _, n) => tf.split(x, [n, 0], 1)),
  on("Diag", (x) => tf.diag(x)),
  on("TopK", (x) => tf.topk(x, 1).values),
  on("TopK", (x, _, n) => tf.topk(x, n).values),
  on("Unique", (x) => tf.unique(x, 1).values),
  on("GatherV2", (x, m) => tf.gather(x, int(all(m), [m]))),
  on("GatherV2", (x, _, n) => tf.gather(x, int(all(n), [n]), 1)),
  on("GatherV2", (x) => tf.gather(x, int([], [0]))),
  on("GatherNd", (x, m) => tf.gatherND(x, int(all(m), [m, 1]))),
  on("ScatterNd", (x, m, n) => tf.scatterND(int(all(m), [m, 1]), x, [3, n])),
  on("TensorScatterUpdate", (x, m, n) =>
    tf.tensorScatterUpdate(tf.ones([3, n]), int(all(m), [m, 1]), x),
  ),
  on("SparseToDense", (x, m, n) =>
    tf.sparseToDense(int(all(m * n), [m * n]), tf.reshape(x, [m * n]), [5], tf.scalar(0)),
  ),
  on("UnsortedSegmentSum", (x, m) => tf.unsortedSegmentSum(x, int(all(m), [m]) as tf.Tensor1D, 3)),
  on("Einsum", (x) => tf.einsum("ij,ij->i", x, x)),
  {
    kernels: ["BatchMatMul", "_FusedMatMul"],
    axes: 3,
    shapes: (m, k, n) => ({ a: [m, k], b: [k, n], bias: [n] }),
    f: ({ a, b, bias }) => [
      tf.matMul(a!, b!),
      tf.fused.matMul({
        a: a as tf.Tensor2D,
        b: b as tf.Tensor2D,
        bias: bias!,
        activation: "relu",
      }),
    ],
  },
  {
    kernels: ["FusedBatchNorm"],
    axes: 2,
    shapes: (m, n) => ({ x: [m, n], mean: [n], variance: [n] }),
    f: ({ x, mean, variance }) => tf.batchNorm(x!, mean as tf.Tensor1D, variance as tf.Tensor1D),
  },
  convolution(
    "Conv2D",
    (i, o) => [2, 2, i, o],
    (x, w) => tf.conv2d(x, w, 1, "same"),
  ),
  convolution(
    "DepthwiseConv2dNative",
    (i, o) => [2, 1, i, o],
    (x, w) => tf.depthwiseConv2d(x, w, 1, "same"),
  ),
  convolution(
    "FusedConv2D",
    (i, o) => [1, 2, i, o],
    (x, filter, { bias }) =>
      tf.fused.conv2d({ x, filter, strides: 1, pad: "valid", bias: bias!, activation: "relu" }),
  ),
  convolution(
    "FusedDepthwiseConv2D",
    (i, o) => [2, 1, i, o],
    (x, filter, { bias2: bias }) =>
      tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: "same", bias: bias! }),
  ),
  {
    kernels: ["Conv2DBackpropInput"],
    axes: 3,
    shapes: (b, h, c) => ({ x: [b, h, h, c], w: [2, 2, 1, c] }),
    f: ({ x, w }, b, h) =>
      tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [b, 2 * h, 2 * h, 1], 2, "same"),
  },
  {
    kernels: ["Conv2DBackpropFilter"],
    axes: 3,
    shapes: (b, h, c) => ({ x: [b, h, h, c], dy: [b, h, h, 2] }),
    f: ({ x, dy }, _, __, c) =>
      run(
        "Conv2DBackpropFilter",
        { x: x!, dy: dy! },
        {
          strides: 1,
          pad: "same",
          dataFormat: "NHWC",
          filterShape: [2, 2, c, 2],
        },
      ),
  },
  {
    kernels: ["Conv3D"],
    axes: 3,
    shapes: (b, d, c) => ({ x: [b, d, 2, d, c], w: [1, 2, 1, c, 2] }),
    f: ({ x, w }) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, "same"),
  },
  {
    kernels: ["Conv3DBackpropInputV2"],
    axes: 3,
    shapes: (b, d, c) => ({ x: [b, d, 2, d, c], w: [1, 2, 1, 2, c] }),
    f: ({ x, w }, b, d) =>
      tf.conv3dTranspose(x as tf.Tensor5D, w as tf.Tensor5D, [b, d, 2, d, 2], 1, "same"),
  },
  {
    kernels: ["Conv3DBackpropFilterV2"],
    axes: 3,
    shapes: (b, d, c) => ({ x: [b, d, 2, d, c], dy: [b, d, 2, d, 2] }),
    f: ({ x, dy }, _, __, c) =>
      run(
        "Conv3DBackpropFilterV2",
        { x: x!, dy: dy! },
        {
          strides: 1,
          pad: "same",
          filterShape: [1, 2, 1, c, 2],
        },
      ),
  },
  image("MaxPool", (x, _, h) => tf.maxPool(x, Math.max(h, 1), 1, "valid")),
  image("MaxPool", (x) => tf.maxPool(x, 2, 2, "same")),
  image("MaxPoolWithArgmax", (x) => tf.maxPoolWithArgmax(x, 1, 1, "valid").result!),
  image("AvgPool", (x, _, h) => tf.avgPool(x, Math.max(h, 1), 1, "valid")),
  image("AvgPool", (x) => tf.avgPool(x, 2, 1, "same")),
  image("MaxPool3D", (x) => tf.maxPool3d(tf.expandDims(x, 1) as tf.Tensor5D, 1, 1, "valid")),
  image("AvgPool3D", (x) => tf.avgPool3d(tf.expandDims(x, 1) as tf.Tensor5D, 2, 1, "same")),
  image("LRN", (x) => tf.localResponseNormalization(x, 1)),
  image("Dilation2D", (x) => tf.dilation2d(x, tf.ones([1, 2, 2]), 1, "same")),
  image("ResizeBilinear", (x) => tf.image.resizeBilinear(x, [1, 3])),
  image("ResizeBilinear", (x) => tf.image.resizeBilinear(x, [3, 1], true)),
  image("ResizeNearestNeighbor", (x) => tf.image.resizeNearestNeighbor(x, [1, 3])),
  image("CropAndResize", (x) =>
    tf.image.cropAndResize(x, tf.tensor2d([[0, 0, 1, 1]]), int([0]) as tf.Tensor1D, [1, 2]),
  ),
  image("FlipLeftRight", (x) => tf.image.flipLeftRight(x)),
  image("DepthToSpace", (x) => tf.depthToSpace(x, 2), 4),
  image("SpaceToBatchND", (x) =>
    tf.spaceToBatchND(
      x,
      [1, 2],
      [
        [0, 0],
        [0, x.shape[2] % 2],
      ],
    ),
  ),
  image("BatchToSpaceND", (x) =>
    tf.batchToSpaceND(
      x,
      [1, 1],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ),
];

/** Kernels of complex numbers are on the cpu backend alone. */
const complexSized: Sized[] = [
  {
    kernels: ["Complex", "Real", "Imag", "ComplexAbs"],
    axes: 2,
    shapes: (m, n) => ({ x: [m, n], y: [m, n] }),
    f: ({ x, y }) => {
      const z = tf.complex(x!, y!);
      return [tf.real(z), tf.imag(z), tf.abs(z)];
    },
  },
  {
    kernels: ["FFT", "IFFT"],
    axes: 2,
    shapes: (m, n) => ({ x: [m, n], y: [m, n] }),
    f: ({ x, y }) => {
      const z = tf.complex(x!, y!);
      return [tf.real(tf.fft(z)), tf.imag(tf.ifft(z))];
    },
  },
];

/** Numbers between ¼ and ¾, all different. */
const numbers = (shape: number[], seed: number): Sample => {
  const size = tf.util.sizeFromShape(shape);
  return values(
    shape,
    all(size).map((i) => 0.25 + ((i * 13 + seed * 5 + 3) % 64) / 128),
  );
};

/** All combinations of sizes 0, 1 and 2. */
const combinations = (axes: number): number[][] =>
  axes === 0 ? [[]] : combinations(axes - 1).flatMap((rest) => [0, 1, 2].map((n) => [...rest, n]));

const flat = (y: tf.Tensor | tf.Tensor[]) =>
  tf.concat1d([tf.zeros([0]), ...[y].flat().map((t) => tf.reshape(t, [t.size]) as tf.Tensor1D)]);

describe.each(backends)("sizes 0, 1 and 2 of every axis on %s", (backend) => {
  beforeAll(() => useBackend(backend));
  const cases = backend === "wasm" ? sized : [...sized, ...complexSized];

  it.each(cases.map((one, index) => ({ ...one, name: `${one.kernels} (${index})` })))(
    "$name takes what its kernel takes",
    ({ kernels, axes, shapes, f, entrywise }) => {
      let taken = 0;
      for (const sizes of combinations(axes)) {
        const inputs = Object.fromEntries(
          Object.entries(shapes(...sizes)).map(([key, shape], k) => [key, numbers(shape, k)]),
        );
        const params = {
          ...Object.fromEntries(
            Object.entries(inputs).map(([key, { shape, values }]) => [
              key,
              tf.tensor(values, [...shape]),
            ]),
          ),
          // So that a loss of empty tensors depends on something.
          other: tf.scalar(2),
        };
        const what = `sizes [${sizes}]`;
        let plain: Float32Array;
        try {
          plain = tf.tidy(() => Float32Array.from(flat(f(params, ...sizes)).dataSync()));
        } catch {
          // The kernel refuses, or the backend has none and no tensor is empty.
          if (sizes.includes(0)) continue;
          plain = new Float32Array(0);
        }
        taken += 1;
        const linearization = linearize(
          (p) => tf.add(tf.sum(tf.square(flat(f(p, ...sizes)))), tf.square(p.other)),
          params,
        );
        const product = linearization.hvp(params);
        for (const [key, part] of Object.entries({ ...product })) {
          expect(part.shape, what).toEqual(params[key as "other"].shape);
          expect([...part.dataSync()].every(Number.isFinite), what).toBe(true);
        }
        const expected = plain.reduce((sum, x) => sum + x * x, 4);
        // Without a sum to write, or with strides, kernels of wasm leave what was in memory.
        const wrong = sizes.includes(0) || kernels.includes("Conv3DBackpropInputV2");
        if (plain.length > 0 && Number.isFinite(expected) && !(wrong && backend === "wasm")) {
          expect(linearization.loss.dataSync()[0]! / expected, what).toBeCloseTo(1, 5);
        }
        expect(product.other.dataSync()[0], what).toBe(4);
        linearization.dispose();
        disposeTree(product);
        disposeTree(params);
        // Most of the time goes into this: a few combinations, on one backend, are enough.
        const few = sizes.filter((n) => n === 2).length < 2 && backend === "cpu";
        const differ = !entrywise && !sizes.includes(0) && (few || process.env.EOSS_LONG);
        if (differ && plain.length > 0) {
          checkRule({ name: what, f: (p) => flat(f(p, ...sizes)), inputs });
        }
      }
      expect(taken, "combinations that the kernel takes").toBeGreaterThan(2 ** axes - 1);
    },
  );
});

it("every kernel that is called right is among them", () => {
  const covered = new Set([...sized, ...complexSized].flatMap(({ kernels }) => kernels));
  expect(verifiedKernels().filter((kernel) => !covered.has(kernel))).toEqual([]);
});
