import { createRandom, schur } from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { dot, norm } from "../matrices.fixture.js";
import { reorder, type Schur, schurVector } from "./schur.js";

const zeros = (n: number) => Array.from({ length: n }, () => new Float64Array(n));
const filled = (n: number, entry: (i: number, j: number) => number) =>
  zeros(n).map((row, i) => row.map((_, j) => entry(i, j)));
const random = createRandom(1);

const companion = (roots: number[]) => {
  let p = [1];
  for (const r of roots) p = [...p, 0].map((c, i) => c - r * (p[i - 1] ?? 0));
  const n = roots.length;
  return filled(n, (i, j) => (i === 0 ? -p[j + 1]! : i === j + 1 ? 1 : 0));
};

const matrices: [name: string, rows: Float64Array[]][] = [
  ["1 × 1", filled(1, () => -3)],
  ["zero", zeros(4)],
  ["identity", filled(5, (i, j) => Number(i === j))],
  ["a rotation", [Float64Array.of(0.6, -0.8), Float64Array.of(0.8, 0.6)]],
  ["2 × 2, real", [Float64Array.of(1, 2), Float64Array.of(3, 4)]],
  ["2 × 2, defective", [Float64Array.of(3, 1), Float64Array.of(-1, 1)]],
  ["nilpotent Jordan block", filled(6, (i, j) => Number(j === i + 1))],
  ["its transpose", filled(6, (i, j) => Number(i === j + 1))],
  ["Jordan block of 2", filled(8, (i, j) => (i === j ? 2 : Number(j === i + 1)))],
  ["a cyclic shift", filled(9, (i, j) => Number(j === (i + 1) % 9))],
  ["companion of 1 … 8", companion([1, 2, 3, 4, 5, 6, 7, 8])],
  ["companion of (x − 1)⁵", companion([1, 1, 1, 1, 1])],
  ["Grcar", filled(20, (i, j) => (i === j + 1 ? -1 : j >= i && j <= i + 3 ? 1 : 0))],
  ["Frank", filled(10, (i, j) => (j < i - 1 ? 0 : 10 - Math.max(i, j)))],
  ["skew", filled(7, (i, j) => Math.sin(i * 7 + j) - Math.sin(j * 7 + i))],
  ["symmetric", filled(7, (i, j) => Math.cos(i * j))],
  ["rank one", filled(6, (i, j) => (i + 1) * (j - 2))],
  [
    "block of two pairs",
    filled(
      4,
      (i, j) =>
        [
          [0, 1, 5, 2],
          [-1, 0, 1, 3],
          [0, 0, 0, 1],
          [0, 0, -1, 0],
        ][i]![j]!,
    ),
  ],
  ...[3, 6, 12, 25].map((n): [string, Float64Array[]] => [
    `Ginibre ${n}`,
    filled(n, () => random.normal()),
  ]),
  ...[1e-150, 1e150].map((s): [string, Float64Array[]] => [
    `Ginibre times ${s}`,
    filled(6, () => s * random.normal()),
  ]),
  ["graded", filled(8, (i, j) => 10 ** (-2 * i - j) * Math.sin(3 * i + 5 * j + 1))],
  ["upper triangular, equal", filled(6, (i, j) => (j >= i ? 1 : 0))],
];

function expectSchur(a: Float64Array[], { t, q, re, im }: Schur) {
  const n = a.length;
  const size = Math.max(...a.map((row) => Math.max(...row.map(Math.abs)))) * n;
  const columns = q.map((_, c) => q.map((row) => row[c]!));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      expect(Math.abs(dot(columns[i]!, columns[j]!) - Number(i === j))).toBeLessThan(
        1e-14 * (n + 9),
      );
      const product = q.map((_, k) =>
        dot(
          q.map((__, l) => q[i]![l]! * t[l]![k]!),
          new Float64Array(n).fill(1),
        ),
      );
      expect(Math.abs(dot(product, q[j]!) - a[i]![j]!)).toBeLessThanOrEqual(1e-14 * (n + 9) * size);
      if (j < i - 1) expect(t[i]![j]).toBe(0);
      if (j === i - 1 && j > 0 && t[i]![j] !== 0) expect(t[j]![j - 1]).toBe(0);
    }
    if (im[i]! > 0) {
      expect(im[i + 1]).toBe(-im[i]!);
      expect(re[i + 1]).toBe(re[i]);
      expect(t[i + 1]![i]).not.toBe(0);
    }
  }
}

function expectVectors(a: Float64Array[], form: Schur) {
  const size = Math.max(...a.map((row) => Math.max(...row.map(Math.abs)))) * a.length;
  for (let i = 0; i < a.length; i++) {
    if (form.im[i]! < 0) continue;
    const x = schurVector(form, i);
    expect(norm([...x.re, ...x.im])).toBeCloseTo(1, 12);
    const [re, im] = [form.re[i]!, form.im[i]!];
    if (im === 0) expect(norm(x.im)).toBe(0);
    for (let r = 0; r < a.length; r++) {
      const first = dot(a[r]!, x.re) - re * x.re[r]! + im * x.im[r]!;
      const second = dot(a[r]!, x.im) - re * x.im[r]! - im * x.re[r]!;
      expect(Math.hypot(first, second)).toBeLessThanOrEqual(1e-14 * (a.length + 9) * size);
    }
  }
}

describe.each(matrices)("schur: %s", (_, a) => {
  it("A = Q·T·Qᵀ, quasi-triangular, and eigenvectors with residuals at rounding", () => {
    const form = schur(a);
    expectSchur(a, form);
    expectVectors(a, form);
  });
  it("reordered: the chosen eigenvalues first, still a Schur form", () => {
    const form = schur(a);
    const pairs = Array.from(form.im, (v, i) => (v < 0 ? i - 1 : i));
    for (const [modulus, phase] of [
      [2, 0],
      [2, 1],
      [3, 2],
    ]) {
      const chosen = pairs.map((i) => i % modulus! === phase! % modulus!);
      const next = reorder(form, chosen);
      expectSchur(a, next);
      const count = chosen.filter(Boolean).length;
      // The invariant subspace of the first columns, by its residual.
      const size = Math.max(...a.map((row) => Math.max(...row.map(Math.abs)))) * a.length;
      for (let j = 0; j < count; j++) {
        for (let i = count; i < a.length; i++) {
          expect(Math.abs(next.t[i]![j]!)).toBeLessThanOrEqual(1e-14 * size);
        }
      }
    }
  });
});

describe("schur", () => {
  it("eigenvalues in closed form", () => {
    const cyclic = schur(filled(9, (i, j) => Number(j === (i + 1) % 9)));
    for (let i = 0; i < 9; i++) expect(Math.hypot(cyclic.re[i]!, cyclic.im[i]!)).toBeCloseTo(1, 13);
    const angles = Array.from(cyclic.re, (re, i) => Math.atan2(cyclic.im[i]!, re)).sort(
      (a, b) => a - b,
    );
    for (let i = 0; i < 9; i++) expect(angles[i]).toBeCloseTo(((i - 4) * 2 * Math.PI) / 9, 12);
    const roots = schur(companion([1, 2, 3, 4, 5, 6, 7, 8]))
      .re.slice()
      .sort();
    for (let i = 0; i < 8; i++) expect(roots[i]).toBeCloseTo(i + 1, 8);
    expect(
      Array.from(
        schur([
          [0, -1],
          [1, 0],
        ]).im,
      ),
    ).toEqual([1, -1]);
  });
  it("choosing the eigenvalues that are kept brings just those to the front", () => {
    for (let seed = 0; seed < 30; seed++) {
      const source = createRandom(seed);
      const n = 2 + (seed % 9);
      const form = schur(filled(n, () => source.normal()));
      const pairs = Array.from(form.im, (v, i) => (v < 0 ? i - 1 : i));
      const flags = pairs.map(() => source.uniform() < 0.5);
      const chosen = pairs.map((i) => flags[i]!);
      const next = reorder(form, chosen);
      const front = chosen.filter(Boolean).length;
      const key = (re: Float64Array, im: Float64Array, use: (i: number) => boolean) =>
        Array.from(re.keys())
          .filter(use)
          .map((i) => re[i]! + 1000 * Math.abs(im[i]!))
          .sort((a, b) => a - b);
      const before = key(form.re, form.im, (i) => chosen[i]!);
      const after = key(next.re, next.im, (i) => i < front);
      for (const [i, value] of before.entries())
        expect(Math.abs(after[i]! - value)).toBeLessThan(1e-8);
    }
  });
  it("refuses NaN and what is not square", () => {
    expect(() => schur([[Number.NaN]])).toThrow(/NaN/);
    expect(() => schur([[1, 2]])).toThrow(/rows of length/);
    expect(() => schur([])).toThrow(/empty/);
  });
});

describe("near a multiple of the identity", () => {
  it.each([1e-4, 1e-9, 1e-13])("all that differs is %s", (width) => {
    const n = 6;
    const perturbed = Array.from({ length: n }, (_, i) =>
      Float64Array.from(
        { length: n },
        (_, j) => (i === j ? 1 : 0) + width * Math.sin(7 * i + 3 * j),
      ),
    );
    const { t, q } = schur(perturbed);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let entry = 0;
        for (let a = 0; a < n; a++) {
          for (let b = 0; b < n; b++) entry += q[i]![a]! * t[a]![b]! * q[j]![b]!;
        }
        expect(Math.abs(entry - perturbed[i]![j]!)).toBeLessThan(1e-14);
      }
    }
  });
});
