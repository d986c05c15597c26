import * as tf from "@tensorflow/tfjs-core";
import { backend_util } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { full, numbers, range, useKernels, variants } from "./kernels.fixture.js";

interface Pool {
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly dilations?: [number, number];
  readonly pad: "valid" | "same" | backend_util.ExplicitPadding;
}
type Shape = [number, number, number, number];

/** The kernel's largest entries and their positions. */
function maxima(x: tf.Tensor, pool: Pool, includeBatchInIndex = true) {
  const attrs = { ...pool, includeBatchInIndex } as unknown as tf.NamedAttrMap;
  const [largest, positions] = tf
    .engine()
    .runKernel("MaxPoolWithArgmax", { x }, attrs) as tf.Tensor[];
  expect([largest!.dtype, positions!.dtype]).toEqual(["float32", "int32"]);
  expect(positions!.shape).toEqual(largest!.shape);
  return { largest: [...largest!.dataSync()], positions: [...positions!.dataSync()] };
}

/** As the definition says, entry by entry. */
function defined(x: Float32Array, shape: Shape, pool: Pool) {
  const info = backend_util.computePool2DInfo(
    shape,
    pool.filterSize,
    pool.strides,
    pool.dilations ?? 1,
    pool.pad,
  );
  const [, height, width, channels] = shape;
  const [largest, positions]: number[][] = [[], []];
  for (let image = 0; image < info.batchSize; image++)
    for (let row = 0; row < info.outHeight; row++)
      for (let column = 0; column < info.outWidth; column++)
        for (let channel = 0; channel < channels; channel++) {
          let [best, found] = [-Infinity, -1];
          for (let r = 0; r < info.filterHeight; r++)
            for (let c = 0; c < info.filterWidth; c++) {
              const y = row * info.strideHeight - info.padInfo.top + r * info.dilationHeight;
              const z = column * info.strideWidth - info.padInfo.left + c * info.dilationWidth;
              if (y < 0 || y >= height || z < 0 || z >= width) continue;
              const at = ((image * height + y) * width + z) * channels + channel;
              if (found < 0 || x[at]! > best) [best, found] = [x[at]!, at];
            }
          largest!.push(best);
          positions!.push(found);
        }
  return { largest, positions };
}

describe.each(variants)("the largest entries of windows, %s", (variant) => {
  let restore: () => void;
  beforeAll(async () => {
    restore = await useKernels(variant);
  });
  afterAll(() => restore());

  const pools: Pool[] = [
    { filterSize: [2, 2], strides: [2, 2], pad: "valid" },
    { filterSize: [3, 3], strides: [2, 1], pad: "same" },
    { filterSize: [2, 3], strides: [1, 1], dilations: [2, 1], pad: "same" },
    { filterSize: [3, 2], strides: [1, 1], dilations: [1, 3], pad: "valid" },
    {
      ...{ filterSize: [2, 2], strides: [2, 3] },
      pad: [
        [0, 0],
        [1, 2],
        [2, 1],
        [0, 0],
      ],
    },
  ];

  it.each(pools)("are those of the definition and of tfjs: %j", (pool) => {
    const channels = full ? range(71).slice(1) : [1, 2, 3, 4, 5, 6, 7, 8, 64, 70];
    for (const count of channels) {
      const shape: Shape = [2, 6, 7, count];
      const values = numbers(tf.util.sizeFromShape(shape), count);
      tf.tidy(() => {
        const x = tf.tensor(values, shape) as tf.Tensor4D;
        const found = maxima(x, pool);
        const expected = defined(values, shape, pool);
        // Padding that a window has nothing else of is none of tfjs' concerns.
        expect(found).toEqual(expected);
        if (!pool.dilations && typeof pool.pad === "string") {
          const stock = tf.maxPool(x, pool.filterSize, pool.strides, pool.pad);
          expect([...stock.dataSync()]).toEqual(found.largest);
        }
        const size = 6 * 7 * count;
        expect(maxima(x, pool, false).positions).toEqual(
          expected.positions!.map((at) => (at < 0 ? at : at % size)),
        );
      });
    }
  });

  it("of small images of all sizes", () => {
    for (let height = 1; height <= 9; height++) {
      for (let width = 1; width <= 9; width++) {
        const shape: Shape = [1, height, width, 5];
        const values = numbers(5 * height * width, height + width);
        for (const pad of ["valid", "same"] as const) {
          const pool: Pool = { filterSize: [2, 2], strides: [2, 2], pad };
          if (pad === "valid" && Math.min(height, width) < 2) continue;
          const found = tf.tidy(() => maxima(tf.tensor(values, shape), pool));
          expect(found).toEqual(defined(values, shape, pool));
        }
      }
    }
  });

  it.each([1, 5])("are the first of equal ones, NaN before all, in %s channels", (channels) => {
    const pool: Pool = { filterSize: [1, 4], strides: [1, 4], pad: "valid" };
    const at = (windows: number[]) => {
      const values = windows.flatMap((value) => new Array<number>(channels).fill(value));
      const found = tf.tidy(() => maxima(tf.tensor(values, [1, 1, 4, channels]), pool));
      expect(new Set(found.largest).size).toBe(1);
      return [found.largest[0], found.positions[0]! / channels];
    };
    expect(at([1, 3, 3, 2])).toEqual([3, 1]);
    expect(at([0, 0, 0, 0])).toEqual([0, 0]);
    expect(at([1, Number.NaN, 5, 2])).toEqual([Number.NaN, 1]);
    expect(at([Infinity, 1, Infinity, 2])).toEqual([Infinity, 0]);
    expect(at([-Infinity, -Infinity, -Infinity, -Infinity])).toEqual([-Infinity, 0]);
  });

  it("of padding alone have no position", () => {
    const pool: Pool = {
      ...{ filterSize: [1, 1], strides: [1, 1] },
      pad: [
        [0, 0],
        [0, 0],
        [1, 0],
        [0, 0],
      ],
    };
    const found = tf.tidy(() => maxima(tf.ones([1, 1, 1, 1]), pool));
    expect(found).toEqual({ largest: [-Infinity, 1], positions: [-1, 0] });
  });

  it("are refused of whole numbers", () => {
    const pool: Pool = { filterSize: [1, 1], strides: [1, 1], pad: "valid" };
    expect(() => maxima(tf.zeros([1, 1, 1, 1], "int32"), pool)).toThrow(/float32/);
  });
});
