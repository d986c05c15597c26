import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";
import { arrays } from "../loss/space.js";
import { dot, norm } from "../tfjs/vectors.js";
import { certifiedTop } from "./certifiedTop.js";
import { topPairs } from "./topPairs.js";

const n = 60;
const random = stream(12, "certified");

/** A diagonal matrix seen through a reflection: its eigenvalues are known, and where they belong. */
function matrixOf(values: readonly number[], fork: number) {
  const h = Float64Array.from(random.fork(fork).normals(n));
  const length = norm(h);
  for (let i = 0; i < n; i++) h[i]! /= length;
  const mirror = (x: ArrayLike<number>) => {
    const along = 2 * dot(h, x);
    return Float64Array.from(x, (value, i) => value - along * h[i]!);
  };
  return {
    n,
    top: Math.max(...values),
    eigenvector: (k: number) =>
      Float32Array.from(mirror(Float64Array.from({ length: n }, (_, i) => (i === k ? 1 : 0)))),
    apply(x: Float32Array, out: Float32Array) {
      out.set(mirror(mirror(x).map((value, i) => values[i]! * value)));
    },
  };
}

/** Ten eigenvalues above a bulk, as a network of ten classes has them. */
const spectrum = Array.from({ length: n }, (_, k) => (k < 10 ? 20 * 0.98 ** k : 2 / (k - 8)));
const searchOf = (fork: number) => ({
  tolerance: 0.02,
  stream: random.fork(5000, fork),
  pause: async () => {},
});

describe("certifiedTop", () => {
  it.each([
    ["no old vector", undefined],
    ["the old top", 0],
    ["an eigenvector of another eigenvalue", 1],
    ["one of the bulk", 40],
  ])("λmax lies between value and bound, from %s", async (_, old) => {
    let outside = 0;
    for (let time = 0; time < 100; time++) {
      const matrix = matrixOf(spectrum, time);
      const previous = old === undefined ? undefined : matrix.eigenvector(old);
      const found = await certifiedTop(matrix, previous, searchOf(time));
      expect(found.status).toBe("converged");
      expect(found.errorBound).toBeLessThanOrEqual(0.0201 * found.value);
      expect(found.value).toBeLessThanOrEqual(matrix.top * (1 + 1e-5));
      if (found.value + found.errorBound! < matrix.top) outside++;
    }
    // 0.1 expected at most.
    expect(outside).toBeLessThanOrEqual(2);
  });

  it.each([6, 8, 12])(
    "λmax lies between value and bound, with a basis of %i vectors",
    async (basisSize) => {
      const space = { ...arrays(), basisSize };
      let [products, whole, outside] = [0, 0, 0];
      for (let time = 0; time < 40; time++) {
        const matrix = { ...matrixOf(spectrum, time), space };
        const found = await certifiedTop(matrix, undefined, searchOf(time));
        products += found.products;
        whole += (await certifiedTop(matrixOf(spectrum, time), undefined, searchOf(time))).products;
        expect(found.status).toBe("converged");
        expect(found.errorBound).toBeLessThanOrEqual(0.0201 * found.value);
        expect(found.value).toBeLessThanOrEqual(matrix.top * (1 + 1e-5));
        if (found.value + found.errorBound! < matrix.top) outside++;
      }
      expect(products).toBeGreaterThan(whole);
      // 0.04 expected at most.
      expect(outside).toBeLessThanOrEqual(1);
    },
  );

  it.each([
    ["three", { count: 3 }],
    ["both ends", { which: "both", count: 2 }],
    ["one, uncertified", { certify: false }],
  ] as const)("other searches keep to the basis of their space: %s", async (_, more) => {
    const values = [...spectrum.slice(0, -1), -5];
    const truth = "which" in more ? [values[0]!, -5] : values;
    for (const basisSize of [1, 6, 12]) {
      for (let time = 0; time < 4; time++) {
        const matrix = { ...matrixOf(values, time), space: { ...arrays(), basisSize } };
        const found = await topPairs(matrix, [], { ...searchOf(time), ...more });
        // Of three or four vectors it may take too many products, and says so.
        if (basisSize > 1) expect(found.status).toBe("converged");
        if (found.status !== "converged" && "certify" in more) continue;
        for (const [i, value] of found.values.entries())
          expect(Math.abs(value - truth[i]!)).toBeLessThanOrEqual(found.errorBounds[i]! + 1e-4);
      }
    }
  });

  it("says so where it cannot be certified within its products", async () => {
    const flat = Array.from({ length: n }, (_, k) => -1 - k);
    const found = await certifiedTop(matrixOf(flat, 3), undefined, searchOf(3));
    expect(found.value).toBeCloseTo(-1, 2);
    expect(found.value + found.errorBound!).toBeGreaterThanOrEqual(-1 - 1e-4);
  });
});
