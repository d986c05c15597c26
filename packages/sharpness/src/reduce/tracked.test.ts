import { symmetricEigen } from "@eoss/eigen";
import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";
import { solveTop } from "../topEigenvalue.js";
import { dot, norm } from "../vectors.js";
import { trackedTop } from "./tracked.js";

const n = 60;
const random = stream(12, "tracked");
const normals = (fork: number) => Float64Array.from(random.fork(fork).normals(n));

/** Gram–Schmidt, twice. */
function orthonormal(rows: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const row of rows) {
    const v = Float64Array.from(row);
    for (const u of [...done, ...done]) {
      const c = dot(u, v);
      for (let i = 0; i < n; i++) v[i]! -= c * u[i]!;
    }
    const length = norm(v);
    done.push(v.map((x) => x / length));
  }
  return done;
}

const frame = orthonormal(Array.from({ length: n }, (_, k) => normals(k)));

/** The frame turned by angles of about `angle`, differently at each time. */
const turned = (angle: number, time: number) =>
  orthonormal(
    frame.map((v, k) => {
      const way = normals(1000 + 100 * time + k);
      return v.map((x, i) => x + (angle * way[i]!) / Math.sqrt(n));
    }),
  );

const matrix = (values: readonly number[], q = frame): Float64Array[] =>
  Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) =>
      values.reduce((sum, value, k) => sum + value * q[k]![i]! * q[k]![j]!, 0),
    ),
  );

function operatorOf(rows: readonly Float64Array[], gradient: ArrayLike<number> = normals(999)) {
  let products = 0;
  return {
    n,
    loss: 1,
    gradient: Float64Array.from(gradient),
    apply(x: Float32Array, out: Float32Array) {
      products += 1;
      for (let i = 0; i < n; i++) out[i] = dot(rows[i]!, x);
    },
    made: () => products,
  };
}

const search = { tolerance: 0.02, stream: random.fork(5000), pause: async () => {} };
const scaledPair = (v: ArrayLike<number>, value: number) => Float32Array.from(v, (x) => value * x);
const pairsOf = (values: readonly number[], count: number, q = frame) =>
  values.slice(0, count).map((value, k) => scaledPair(q[k]!, value));

async function tracked(
  rows: readonly Float64Array[],
  remembered: readonly Float32Array[],
  gradient?: ArrayLike<number>,
) {
  const operator = operatorOf(rows, gradient);
  const found = await trackedTop(operator, remembered, search);
  expect(found.products).toBe(operator.made());
  const top = symmetricEigen(rows).values[0]!;
  expect(found.value).toBeLessThan(top + 1e-5 * Math.abs(top));
  return { ...found, error: 1 - found.value / top, top };
}

/** Ten eigenvalues above a bulk, as a network of ten classes has them. */
const spectrum = Array.from({ length: n }, (_, k) => (k < 10 ? 20 * 0.9 ** k : 2 / (k - 8)));

describe("trackedTop", () => {
  it("needs few products while the eigenvectors turn, and errs less than it says", async () => {
    let remembered: readonly Float32Array[] = pairsOf(spectrum, 6);
    const products: number[] = [];
    let plain = 0;
    for (let time = 0; time < 20; time++) {
      const rows = matrix(spectrum, turned(0.3, time));
      const found = await tracked(rows, remembered);
      expect(found.status).toBe("converged");
      expect(found.error).toBeLessThan(0.01);
      expect(found.top - found.value).toBeLessThanOrEqual(found.errorBound! + 1e-5 * found.top);
      const guesses = [remembered[0]!, normals(999)];
      plain += (await solveTop(operatorOf(rows), guesses, search)).products;
      remembered = found.remembered;
      products.push(found.products);
    }
    const mean = products.reduce((sum, count) => sum + count, 0) / products.length;
    expect(mean).toBeLessThan(0.7 * (plain / products.length));
    expect(norm(remembered[0]!) / 20).toBeCloseTo(1, 1);
  });

  it("is done at once where next to nothing has changed", async () => {
    const found = await tracked(matrix(spectrum, turned(0.01, 50)), pairsOf(spectrum, 6));
    expect(found.products).toBeLessThanOrEqual(3);
    expect(found.error).toBeLessThan(1e-3);
  });

  it("looks again at a pair that may have overtaken the top one, even far away", async () => {
    const [first, second, ...rest] = spectrum as [number, number, ...number[]];
    const crossed = matrix([second, first, ...rest]);
    expect((await tracked(crossed, pairsOf(spectrum, 6))).error).toBeLessThan(1e-3);
    const far = [9, 11, 10.5, 10, 6, 5, ...spectrum.slice(6).map((x) => x / 4)];
    const risen = matrix([9, 11, 10.5, 14, 6, 5, ...far.slice(6)]);
    expect((await tracked(risen, pairsOf(far, 6))).error).toBeLessThan(1e-3);
  });

  it("knows nothing of rivals after one pair, and looks for them", async () => {
    const rows = matrix([12, 20, 15, ...spectrum.slice(3).map((x) => x / 2)], turned(0.2, 70));
    const found = await tracked(rows, [scaledPair(frame[0]!, 12)]);
    expect(found.error).toBeLessThan(0.01);
    expect(found.remembered.length).toBeGreaterThan(2);
  });

  it("sees by the gradient what lies in a block of its own", async () => {
    // In exact eigenvectors nothing else can be seen; the gradient leans towards what has grown.
    const values = [...spectrum.slice(0, 20), 30, ...spectrum.slice(21)];
    const gradient = Float64Array.from(frame[20]!, (x, i) => x + 0.1 * frame[40]![i]!);
    const found = await tracked(matrix(values), pairsOf(spectrum, 6), gradient);
    expect(found.top).toBeCloseTo(30, 6);
    expect(found.error).toBeLessThan(0.01);
  });

  it("takes a cluster for one: neighbours need not be told apart", async () => {
    const close = spectrum.map((value, k) => (k < 5 ? 20 - 0.01 * k : value / 3));
    const found = await tracked(matrix(close, turned(0.2, 80)), pairsOf(close, 6));
    expect(found.error).toBeLessThan(0.01);
    expect(found.products).toBeLessThanOrEqual(12);
  });

  it("goes on by Lanczos where nothing is positive or the basis is full", async () => {
    const negative = await tracked(matrix(spectrum.map((x) => x - 30)), pairsOf(spectrum, 6));
    expect(Math.abs(negative.error)).toBeLessThan(0.01);
    expect(negative.remembered).toEqual([]);
    const flat = Array.from({ length: n }, (_, k) => 10 - 0.002 * k * k);
    const found = await tracked(matrix(flat, turned(3, 90)), pairsOf(flat, 6));
    expect(found.error).toBeLessThan(0.01);
    expect(found.products).toBeGreaterThan(16);
  });

  it("refuses a product that is not finite", async () => {
    const rows = matrix(spectrum);
    rows[3]![5] = Number.NaN;
    await expect(tracked(rows, pairsOf(spectrum, 6))).rejects.toThrow(/finite/);
  });
});
