import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Exact, full, numbers, useKernels, variants, worstError } from "./kernels.fixture.js";

interface Case {
  readonly x: [number, number, number, number];
  /** Height, width and output channels of the filter. */
  readonly filter: [number, number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: "same" | "valid" | [[0, 0], [number, number], [number, number], [0, 0]];
}

const attrsOf = ({ strides, dilations, pad }: Case) => ({
  strides,
  dilations,
  pad,
  dataFormat: "NHWC",
});

/**
 * The three functions from one sum, Σ x·w·y over all pairs of a position and an entry of the filter: each is
 * its derivative by one factor.
 */
function exactOf(one: Case, x: Float32Array, w: Float32Array, dy: Float32Array) {
  const info = tf.backend_util.computeConv2DInfo(
    one.x,
    [one.filter[0], one.filter[1], one.x[3], one.filter[2]],
    one.strides,
    one.dilations,
    one.pad as "same",
  );
  const sums = { y: cells(dy.length), dx: cells(x.length), dw: cells(w.length) };
  const { inChannels: I, outChannels: O, padInfo } = info;
  for (let b = 0; b < info.batchSize; b++) {
    for (let oh = 0; oh < info.outHeight; oh++) {
      for (let ow = 0; ow < info.outWidth; ow++) {
        for (let kh = 0; kh < info.filterHeight; kh++) {
          for (let kw = 0; kw < info.filterWidth; kw++) {
            const h = oh * one.strides[0] + kh * one.dilations[0] - padInfo.top;
            const v = ow * one.strides[1] + kw * one.dilations[1] - padInfo.left;
            if (h < 0 || h >= info.inHeight || v < 0 || v >= info.inWidth) continue;
            for (let i = 0; i < I; i++) {
              for (let o = 0; o < O; o++) {
                const at = ((b * info.inHeight + h) * info.inWidth + v) * I + i;
                const k = ((kh * info.filterWidth + kw) * I + i) * O + o;
                const y = ((b * info.outHeight + oh) * info.outWidth + ow) * O + o;
                sums.y.add(y, x[at]! * w[k]!);
                sums.dx.add(at, dy[y]! * w[k]!);
                sums.dw.add(k, dy[y]! * x[at]!);
              }
            }
          }
        }
      }
    }
  }
  return sums;
}

function cells(length: number) {
  const [values, sizes] = [new Float64Array(length), new Float64Array(length)];
  return {
    add(index: number, term: number) {
      values[index]! += term;
      sizes[index]! += Math.abs(term);
    },
    at: (index: number): Exact => ({ value: values[index]!, size: sizes[index]! }),
  };
}

function errorsOf(one: Case, mean = 0) {
  const filterShape: [number, number, number, number] = [
    one.filter[0],
    one.filter[1],
    one.x[3],
    one.filter[2],
  ];
  const { outShape } = tf.backend_util.computeConv2DInfo(
    one.x,
    filterShape,
    one.strides,
    one.dilations,
    one.pad as "same",
  );
  const size = (shape: number[]) => tf.util.sizeFromShape(shape);
  const x = numbers(size(one.x), 1, mean);
  const w = numbers(size(filterShape), 2, mean);
  const dy = numbers(size(outShape), 3, mean);
  const exact = exactOf(one, x, w, dy);
  const run = (name: string, inputs: tf.NamedTensorMap, attrs = {}) =>
    tf.engine().runKernel(name, inputs, { ...attrsOf(one), ...attrs }) as tf.Tensor;
  return tf.tidy(() => {
    const [tx, tw, ty] = [tf.tensor(x, one.x), tf.tensor(w, filterShape), tf.tensor(dy, outShape)];
    const y = run("Conv2D", { x: tx, filter: tw });
    const dx = run("Conv2DBackpropInput", { dy: ty, filter: tw }, { inputShape: one.x });
    const dw = run("Conv2DBackpropFilter", { x: tx, dy: ty }, { filterShape });
    expect([y.shape, dx.shape, dw.shape]).toEqual([outShape, one.x, filterShape]);
    return {
      y: worstError(y.dataSync(), exact.y.at),
      dx: worstError(dx.dataSync(), exact.dx.at),
      dw: worstError(dw.dataSync(), exact.dw.at),
    };
  });
}

const paddings: Case["pad"][] = [
  "valid",
  "same",
  [
    [0, 0],
    [2, 1],
    [0, 3],
    [0, 0],
  ],
];
const images: [number, number, number, number][] = [
  [2, 7, 6, 3],
  [1, 9, 5, 8],
  [3, 4, 8, 5],
  [1, 5, 5, 1],
];
const filters: [number, number, number][] = [
  [3, 3, 4],
  [1, 1, 9],
  [2, 3, 7],
  [3, 1, 1],
];
const steps: Pick<Case, "strides" | "dilations">[] = [
  { strides: [1, 1], dilations: [1, 1] },
  { strides: [2, 2], dilations: [1, 1] },
  { strides: [3, 1], dilations: [1, 1] },
  { strides: [1, 2], dilations: [1, 1] },
  { strides: [1, 1], dilations: [2, 1] },
  { strides: [1, 1], dilations: [1, 2] },
];

const grid = images.flatMap((x) =>
  filters.flatMap((filter) =>
    steps.flatMap((step) => paddings.map((pad): Case => ({ x, filter, ...step, pad }))),
  ),
);

describe.each(variants)("conv2d and its gradients, %s", (variant) => {
  let restore: () => void;
  beforeAll(async () => {
    restore = await useKernels(variant);
  });
  afterAll(() => restore());

  it("of all strides, dilations and paddings", () => {
    const wrong = grid
      .map((one) => ({ one, ...errorsOf(one) }))
      .filter(({ y, dx, dw }) => !(Math.max(y, dx, dw) < 6e-7));
    expect(wrong).toEqual([]);
  });

  it("of channels in all remainders", () => {
    const most = full ? 70 : 10;
    const plain = { strides: [1, 1], dilations: [1, 1], pad: "same" } as const;
    const wrong: unknown[] = [];
    for (let channels = 1; channels <= most; channels++) {
      for (const other of [1, 4, 9]) {
        const cases: Case[] = [
          {
            ...plain,
            x: [1, 3, 4, channels],
            filter: [2, 2, other],
            strides: [1, 1],
            dilations: [1, 1],
          },
          {
            ...plain,
            x: [1, 3, 4, other],
            filter: [2, 2, channels],
            strides: [1, 1],
            dilations: [1, 1],
          },
        ];
        for (const one of cases) {
          const { y, dx, dw } = errorsOf(one);
          if (!(Math.max(y, dx, dw) < 6e-7)) wrong.push({ one, y, dx, dw });
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("of sizes larger than its blocks, and of numbers of a large mean", () => {
    const one: Case = {
      x: [3, 20, 21, 33],
      filter: [3, 3, 10],
      strides: [1, 1],
      dilations: [1, 1],
      pad: "same",
    };
    for (const mean of [0, 1000]) {
      const { y, dx, dw } = errorsOf(one, mean);
      expect(Math.max(y, dx, dw)).toBeLessThan(1e-6);
    }
  });

  it("sums over many positions", () => {
    const one: Case = {
      x: [40, 30, 30, 1],
      filter: [1, 1, 1],
      strides: [1, 1],
      dilations: [1, 1],
      pad: "valid",
    };
    expect(errorsOf(one, 1000).dw).toBeLessThan(1e-6);
  });

  it("lets NaN through where the window sees it, and only there", () => {
    const x = new Float32Array(5 * 5).fill(1);
    x[12] = Number.NaN;
    const y = tf.tidy(() =>
      tf.conv2d(tf.tensor4d(x, [1, 5, 5, 1]), tf.ones([3, 3, 1, 2]), 1, "same").dataSync(),
    );
    for (let at = 0; at < 25; at++) {
      const seen = Math.abs(Math.floor(at / 5) - 2) <= 1 && Math.abs((at % 5) - 2) <= 1;
      expect(Number.isNaN(y[2 * at]!)).toBe(seen);
    }
  });

  it("keeps no memory", () => {
    const before = tf.memory();
    errorsOf(grid[7]!);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});
