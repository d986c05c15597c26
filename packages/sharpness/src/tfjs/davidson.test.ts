import { symmetricEigen } from "@eoss/eigen";
import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";
import { davidson, type NearbyPairs } from "./davidson.js";
import { dot, norm } from "./vectors.js";

const n = 40;
const random = stream(12, "davidson");
const NONE: NearbyPairs = { values: [], vectors: [] };

/** Orthonormal rows by Gram–Schmidt, twice. */
const q = Array.from({ length: n }, (_, k) => Float64Array.from(random.fork(k).normals(n)));
for (const [k, v] of q.entries()) {
  for (let pass = 0; pass < 2; pass++) {
    for (const u of q.slice(0, k)) {
      const c = dot(u, v);
      for (let i = 0; i < n; i++) v[i]! -= c * u[i]!;
    }
  }
  const length = norm(v);
  for (let i = 0; i < n; i++) v[i]! /= length;
}

const eigenvector = (k: number) => Float32Array.from(q[k]!);

/** Qᵀ·diag(values)·Q plus `part` of a fixed random symmetric matrix of norm about one. */
function matrix(values: readonly number[], part = 0): Float64Array[] {
  const noise = Array.from({ length: n }, (_, i) => random.fork(1000 + i).normals(n));
  return Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => {
      const sum = values.reduce((total, value, k) => total + value * q[k]![i]! * q[k]![j]!, 0);
      return sum + (part * (noise[i]![j]! + noise[j]![i]!)) / (2 * Math.sqrt(2 * n));
    }),
  );
}

function search(rows: readonly Float64Array[], starts: readonly Float32Array[], nearby = NONE) {
  let products = 0;
  const operator = {
    n,
    apply(x: Float32Array, out: Float32Array) {
      products += 1;
      for (let i = 0; i < n; i++) out[i] = dot(rows[i]!, x);
    },
  };
  const settings = { tolerance: 0.02, stream: random.fork(7), pause: async () => {} };
  return davidson(operator, starts, nearby, settings).then((found) => {
    expect(found.products).toBe(products);
    return found;
  });
}

/** Within its own bound, never above; with a unit vector whose quotient it is. */
function expectTop(
  found: Awaited<ReturnType<typeof search>>,
  rows: readonly Float64Array[],
  lambda = symmetricEigen(rows).values[0]!,
): void {
  expect(found.status).toBe("converged");
  expect(lambda - found.value).toBeLessThan(found.errorBound! + 1e-6 * Math.abs(lambda));
  expect(lambda - found.value).toBeGreaterThan(-1e-5 * Math.abs(lambda));
  expect(found.errorBound!).toBeLessThanOrEqual(0.01 * found.value);
  const [x] = found.vectors;
  const image = rows.map((row) => dot(row, x!));
  expect(norm(x!)).toBeCloseTo(1, 5);
  expect(dot(x!, image) / found.value).toBeCloseTo(1, 5);
}

const spectrum = Array.from({ length: n }, (_, k) => 10 * 0.85 ** k);
const pairs = (values: readonly number[], count: number): NearbyPairs => ({
  values: values.slice(0, count),
  vectors: values.slice(0, count).map((_, k) => eigenvector(k)),
});

describe("davidson", () => {
  it("needs two or three products where the nearby matrix is close", async () => {
    const rows = matrix(spectrum, 0.3);
    const nearby = pairs(spectrum, 4);
    const found = await search(rows, [eigenvector(0)], nearby);
    expectTop(found, rows);
    expect(found.products).toBeLessThanOrEqual(3);
    const alone = await search(rows, [eigenvector(0)]);
    expectTop(alone, rows);
    expect(alone.products).toBeGreaterThanOrEqual(found.products);
  });

  it("corrects along known eigenvectors: without, it takes longer", async () => {
    const close = Array.from({ length: n }, (_, k) => 10 * 0.95 ** k);
    const rows = matrix(close, 1);
    const guided = await search(rows, [eigenvector(0)], pairs(close, 6));
    // With the same trust in the gap, but no vectors to correct along.
    const alone = await search(rows, [eigenvector(0)], { ...pairs(close, 6), vectors: [] });
    expectTop(guided, rows);
    expectTop(alone, rows);
    expect(guided.products).toBeLessThan(alone.products);
  });

  it("finds the top pair also where the nearby matrix has nothing to do with it", async () => {
    const rows = matrix([...spectrum].reverse());
    const found = await search(rows, [eigenvector(0)], pairs(spectrum, 4));
    expectTop(found, rows, 10);
  });

  it("is not taken in by an eigenvector of a lower eigenvalue", async () => {
    const rows = matrix([5, 10, ...spectrum.slice(3), 0]);
    expectTop(await search(rows, [eigenvector(0)], pairs([5, 1], 1)), rows, 10);
  });

  it("keeps two close eigenvalues apart, or both in the bound", async () => {
    const rows = matrix([10, 9.99, ...spectrum.slice(2).map((x) => x / 2)], 0.05);
    const found = await search(rows, [eigenvector(1)], pairs([9.99], 1));
    expectTop(found, rows);
  });

  it("goes on by Lanczos where its basis is full, or nothing is positive", async () => {
    const cluster = Array.from({ length: n }, (_, k) => 10 - 0.001 * k * k);
    const rows = matrix(cluster, 0.02);
    expectTop(await search(rows, [Float32Array.from(random.normals(n))]), rows);
    const negative = await search(matrix(spectrum.map((x) => -1 - x)), [eigenvector(0)]);
    expect(negative.value).toBeCloseTo(-1 - spectrum.at(-1)!, 1);
  });

  it("starts anywhere when all starts are zero", async () => {
    expectTop(await search(matrix(spectrum), [new Float32Array(n)]), matrix(spectrum), 10);
  });

  it("refuses a product that is not finite", async () => {
    const rows = matrix(spectrum);
    rows[3]![5] = Number.NaN;
    await expect(search(rows, [eigenvector(0)])).rejects.toThrow(/finite/);
  });
});
