import { describe, expect, it } from "vitest";
import { symmetricEigen } from "../dense/symmetric.js";
import { createRandom } from "../solver/random.js";
import { boundBeyond, logAmplification } from "./amplification.js";
import { christoffel, randomStartBound } from "./randomStartBound.js";

const N = 12;

/** A Jacobi matrix whose Krylov space from the first unit vector is spanned by the unit vectors. */
function jacobi(seed: number) {
  const random = createRandom(seed, 1);
  const diagonal = Array.from({ length: N }, () => random.normal());
  const offDiagonal = Array.from({ length: N - 1 }, () => 0.2 + random.uniform());
  const rows = diagonal.map((a, i) =>
    Float64Array.from({ length: N }, (_, j) =>
      i === j ? a : Math.abs(i - j) === 1 ? offDiagonal[Math.min(i, j)]! : 0,
    ),
  );
  return { diagonal, offDiagonal, ...symmetricEigen(rows) };
}

describe("the two forms of the certificate of a random start", () => {
  it.each([1, 2, 3, 4])(
    "both are what a dense matrix says of its outermost eigenvectors, seed %i",
    (seed) => {
      const { diagonal, offDiagonal, values, vectors } = jacobi(seed);
      for (let m = 1; m < N; m++) {
        const T = { diagonal: diagonal.slice(0, m), offDiagonal: offDiagonal.slice(0, m) };
        for (const [side, i] of [
          [1, 0],
          [-1, N - 1],
        ] as const) {
          const q = vectors[i]!;
          // ‖Vᵀq‖² + (vᵀq)² over (zᵀq)², with the start z = e₁.
          const truth = Math.hypot(...q.subarray(0, m + 1)) ** 2 / q[0]! ** 2;
          const mu = values[i]!;
          const sum = christoffel(T.diagonal, T.offDiagonal, mu, Infinity);
          const log = logAmplification([{ ...T, seam: 0 }], 0, mu, side);
          expect(sum / truth).toBeCloseTo(1, 6);
          expect(Math.exp(log) / truth).toBeCloseTo(1, 6);
        }
      }
    },
  );

  it("and both give the same bound", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { diagonal, offDiagonal } = jacobi(seed);
      for (const m of [3, 6, 9]) {
        const T = { diagonal: diagonal.slice(0, m), offDiagonal: offDiagonal.slice(0, m) };
        const rows = T.diagonal.map((a, i) =>
          Float64Array.from({ length: m }, (_, j) =>
            i === j ? a : Math.abs(i - j) === 1 ? offDiagonal[Math.min(i, j)]! : 0,
          ),
        );
        const top = symmetricEigen(rows).values[0]!;
        const length = Math.sqrt(N);
        const bound = randomStartBound(T.diagonal, T.offDiagonal, top, length, 1e-3);
        const enough = Math.log((length / 1e-3) ** 2 / (Math.PI / 2));
        const same = boundBeyond([{ ...T, seam: 0 }], 0, enough, top, offDiagonal[m - 1]!);
        // Twenty halvings of an interval that is doubled from β until it holds the root, and thirty.
        const width = Math.max(offDiagonal[m - 1]!, 2 * (bound - top));
        expect(Math.abs(bound - same)).toBeLessThan(1.01 * 2 ** -20 * width);
      }
    }
  });
});
