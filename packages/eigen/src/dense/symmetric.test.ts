import { symmetricEigen, tridiagonalEigen } from "@eoss/eigen";
import { describe, expect, it } from "vitest";
import { denseOperator, dot, trueResidual, withSpectrum } from "../matrices.fixture.js";

describe("symmetricEigen", () => {
  it.each([
    ["distinct", [5, 2, 1, -1, -6]],
    ["repeated", [2, 2, 2, 0, 0, -1, -1]],
    ["zero", [0, 0, 0]],
    ["one", [-3]],
    ["graded over 12 decades", Array.from({ length: 13 }, (_, i) => 10 ** -i)],
    ["huge", [3e200, 1e200, -2e200]],
    ["tiny", [3e-200, 1e-200, -2e-200]],
  ])("decomposes a matrix with %s eigenvalues", (_, spectrum) => {
    const { rows, values, norm, n } = withSpectrum(spectrum, 5);
    const eigen = symmetricEigen(rows);
    for (let i = 0; i < n; i++) {
      expect(Math.abs(eigen.values[i]! - values[i]!)).toBeLessThanOrEqual(1e-14 * n * norm);
      if (norm < 1e100 && norm > 0) {
        const residual = trueResidual(denseOperator(rows), eigen.values[i]!, eigen.vectors[i]!);
        expect(residual).toBeLessThanOrEqual(1e-14 * n * norm);
      }
      for (let j = 0; j <= i; j++) {
        const product = dot(eigen.vectors[i]!, eigen.vectors[j]!);
        expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-14 * n);
      }
    }
  });

  it("refuses what is not a square finite matrix", () => {
    expect(() => symmetricEigen([[1, 2]])).toThrow(/length 1/);
    expect(() => symmetricEigen([[Number.NaN]])).toThrow(/non-finite/);
    expect(() => symmetricEigen([])).toThrow(/empty/);
  });
});

describe("tridiagonalEigen", () => {
  it("gives the eigenvalues of the path graph and the last row of its eigenvectors", () => {
    const n = 40;
    const last = new Float64Array(n);
    last[n - 1] = 1;
    const values = tridiagonalEigen(new Float64Array(n), new Float64Array(n - 1).fill(1), [last]);
    for (let j = 1; j <= n; j++) {
      const angle = (j * Math.PI) / (n + 1);
      expect(values[j - 1]).toBeCloseTo(2 * Math.cos(angle), 13);
      const entry = Math.sqrt(2 / (n + 1)) * Math.abs(Math.sin(n * angle));
      expect(Math.abs(last[j - 1]!)).toBeCloseTo(entry, 13);
    }
  });
});
