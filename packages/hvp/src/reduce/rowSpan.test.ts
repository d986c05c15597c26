import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";
import { rowSpan } from "./rowSpan.js";

const random = stream(11, "rows");
const normal = (rows: number, columns: number, fork: number) =>
  Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, k) =>
      Math.fround(random.fork(fork).normalAt(columns * i + k)),
    ),
  );

const [a, b, c] = normal(3, 9, 1) as [number[], number[], number[]];
const cases = [
  { name: "independent rows", rows: [a, b, c], rank: 3 },
  { name: "one row", rows: [b], rank: 1 },
  { name: "a row that is there twice", rows: [a, b, a, c], rank: 3 },
  { name: "a row that is twice another", rows: [a, b, a.map((x) => 2 * x)], rank: 2 },
  { name: "a row of zeros", rows: [a, a.map(() => 0), c], rank: 2 },
  { name: "more rows than columns", rows: normal(12, 5, 2), rank: 5 },
  {
    name: "rows of very different length",
    rows: [a, b.map((x) => Math.fround(x / 1000))],
    rank: 2,
  },
];

describe.each(cases)("rowSpan: $name", ({ rows, rank }) => {
  const [m, d] = [rows.length, rows[0]!.length];
  const span = rowSpan(Float32Array.from(rows.flat()), m, d)!;
  const q = span.basis();
  const l = span.coefficients;
  const scale = Math.max(...rows.map((row) => Math.hypot(...row)));

  it("finds the rank", () => expect(span.rank).toBe(rank));

  it("gives an orthonormal basis", () => {
    for (let i = 0; i < rank; i++) {
      for (let j = 0; j <= i; j++) {
        let dot = 0;
        for (let k = 0; k < d; k++) dot += q[i * d + k]! * q[j * d + k]!;
        expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-8);
      }
    }
  });

  it("gives the rows back", () => {
    for (const [i, row] of rows.entries()) {
      for (let k = 0; k < d; k++) {
        let entry = 0;
        for (let j = 0; j < rank; j++) entry += l[i * rank + j]! * q[j * d + k]!;
        expect(Math.abs(entry - row[k]!)).toBeLessThan(1e-7 * scale);
      }
    }
  });
});

it("zeros span nothing, and what is not finite is refused", () => {
  expect(rowSpan(new Float32Array(6), 2, 3)!.rank).toBe(0);
  expect(rowSpan(Float32Array.of(1, Number.NaN, 0, 1), 2, 2)).toBeUndefined();
  expect(rowSpan(Float32Array.of(1, Infinity, 0, 1), 2, 2)).toBeUndefined();
});
