import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../backends.fixture.js";
import { sample } from "../testing/index.js";
import { lowered } from "./lowered.fixture.js";

const { values } = sample([3, 4, 5, 2]);
const x = () => tf.tensor(values, [3, 4, 5, 2]);
const at = (...place: number[]) =>
  values[place.reduce((sum, index, axis) => sum * [3, 4, 5, 2][axis]! + index, 0)]!;

describe("strided slices of constants on wasm", () => {
  beforeAll(() => useBackend("wasm"));

  it("take every second row and column, as pooling does", () => {
    const result = lowered(() => tf.stridedSlice(x(), [0, 1, 0, 0], [3, 4, 5, 2], [1, 2, 2, 1]));
    expect(result.shape).toEqual([3, 2, 3, 2]);
    const expected = [0, 1, 2].flatMap((b) =>
      [1, 3].flatMap((h) => [0, 2, 4].flatMap((w) => [0, 1].map((c) => at(b, h, w, c)))),
    );
    expect([...result.dataSync()]).toEqual(expected);
  });

  it("go backwards, and drop the axes that they shrink", () => {
    const result = lowered(() =>
      tf.stridedSlice(x(), [2, 1, 4, 0], [0, 2, 0, 2], [-1, 1, -3, 1], 0, 0, 0, 0, 0b0010),
    );
    expect(result.shape).toEqual([2, 2, 2]);
    const expected = [2, 1].flatMap((b) =>
      [4, 1].flatMap((w) => [0, 1].map((c) => at(b, 1, w, c))),
    );
    expect([...result.dataSync()]).toEqual(expected);
  });
});
