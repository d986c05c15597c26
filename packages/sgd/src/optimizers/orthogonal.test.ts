import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { useBackend } from "../../../hvp/src/backends.fixture.js";
import { orthogonalFactor } from "./orthogonal.js";

beforeAll(() => useBackend("cpu"));

/** UVᵀ of a matrix, [rows][columns]. */
function factor(rows: readonly (readonly number[])[]): number[] {
  const matrix = tf.tensor2d(rows as number[][]);
  const result = orthogonalFactor(matrix);
  const values = [...result.dataSync()];
  tf.dispose([matrix, result]);
  return values;
}

it.each([
  [
    "a rotation",
    [
      [0.6, -0.8],
      [0.8, 0.6],
    ],
    [0.6, -0.8, 0.8, 0.6],
  ],
  [
    "a diagonal of any sizes",
    [
      [-1e-2, 0],
      [0, 1e4],
    ],
    [-1, 0, 0, 1],
  ],
  ["a row", [[3, 4]], [0.6, 0.8]],
  ["a column", [[3], [4]], [0.6, 0.8]],
  [
    "rank one",
    [
      [3, 4],
      [6, 8],
    ],
    [0.6, 0.8, 1.2, 1.6].map((x) => x / Math.sqrt(5)),
  ],
  [
    "zero",
    [
      [0, 0],
      [0, 0],
    ],
    [0, 0, 0, 0],
  ],
  [
    "equal columns",
    [
      [1, 1],
      [1, 1],
      [0, 0],
    ],
    [0.5, 0.5, 0.5, 0.5, 0, 0],
  ],
] as const)("of %s", (_, matrix, expected) => {
  const found = factor(matrix);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
});

it("leaves out directions that are rounding of a gradient in single precision", () => {
  // Rank one but for the rounding of its entries: without the limit the second direction had length 1.
  const u = [0.1, 0.7, 1.3];
  const v = [0.3, 1.1];
  const found = factor(u.map((a) => v.map((b) => Math.fround(a * b))));
  const size = Math.hypot(...u) * Math.hypot(...v);
  for (const [i, a] of u.entries()) {
    for (const [j, b] of v.entries()) expect(found[2 * i + j]).toBeCloseTo((a * b) / size, 6);
  }
});

it("has all singular values one for a matrix of full rank, tall or wide", () => {
  for (const [rows, columns] of [
    [7, 3],
    [3, 7],
  ] as const) {
    const values = Array.from({ length: rows * columns }, (_, i) => Math.sin(3 * i * i + 1));
    const matrix = tf.tensor2d(values, [rows, columns]);
    const q = orthogonalFactor(matrix) as tf.Tensor2D;
    const gram = (rows > columns ? tf.matMul(q, q, true) : tf.matMul(q, q, false, true)).dataSync();
    for (const [i, value] of gram.entries()) expect(value).toBeCloseTo(i % 4 === 0 ? 1 : 0, 6);
    // And the rest of G = (UVᵀ)·P is symmetric and positive: UVᵀ of G, and not any orthogonal matrix.
    const p = (
      rows > columns ? tf.matMul(q, matrix, true) : tf.matMul(q, matrix, false, true)
    ).arraySync() as number[][];
    for (const i of [0, 1, 2]) {
      expect(p[i]![i]).toBeGreaterThan(0);
      for (const j of [0, 1, 2]) expect(p[i]![j]).toBeCloseTo(p[j]![i]!, 5);
    }
  }
});

it("of a gradient that is not finite is not finite", () => {
  expect(factor([[Number.NaN, 1]])).toEqual([Number.NaN, Number.NaN]);
});
