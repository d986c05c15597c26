import { chunkRanges, hessian, layerBlocks } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak } from "../expectations.fixture.js";

describe("layerBlocks", () => {
  it("groups parameters by the part of their name before the last dot", () => {
    const t = tf.scalar(0);
    const params = { "a.b.kernel": t, "a.b.bias": t, "c.kernel": t, alone: t };
    expect(layerBlocks(params)).toEqual({
      "a.b": ["a.b.kernel", "a.b.bias"],
      c: ["c.kernel"],
      alone: ["alone"],
    });
    t.dispose();
  });
});

describe("chunkRanges", () => {
  it("weights a short last chunk by its samples", () => {
    expect(chunkRanges(7, 3)).toEqual([
      { start: 0, count: 3, weight: 3 / 7 },
      { start: 3, count: 3, weight: 3 / 7 },
      { start: 6, count: 1, weight: 1 / 7 },
    ]);
    expect(chunkRanges(4, 10)).toEqual([{ start: 0, count: 4, weight: 1 }]);
    expect(() => chunkRanges(4, 0)).toThrow("must be a positive integer, got 0");
  });
});

describe("blocks of an array of parameters", () => {
  // L = x²·y³ at (2, 3): ∂²L/∂y² = 6x²y = 72.
  it("are named by their indices", () => {
    expectNoLeak(() => {
      const params = [tf.scalar(2), tf.scalar(3)];
      const loss = ([x, y]: readonly tf.Tensor[]) => tf.mul(tf.square(x!), tf.pow(y!, 3));
      const chunks = [{ loss, weight: 1 }];
      const operator = hessian<readonly tf.Tensor[]>({ params, chunks, block: ["1"] });
      const out = new Float64Array(1);
      operator.apply(Float64Array.of(1), out);
      expect([operator.n, out[0]]).toEqual([1, 72]);
      operator.dispose();
      expect(() => hessian<readonly tf.Tensor[]>({ params, chunks, block: [] })).toThrow(
        "a block needs at least one parameter",
      );
      expect(() => hessian<readonly tf.Tensor[]>({ params, chunks: [] })).toThrow("one chunk");
      tf.dispose(params);
    });
  });
});
