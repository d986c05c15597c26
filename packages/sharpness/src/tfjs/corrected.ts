import { addCombination, dots } from "./vectors.js";

/** A direction that is close to an eigenvector. */
export interface KnownDirection {
  /** Unit vector. */
  readonly direction: Float32Array;
  readonly eigenvalue: number;
}

/**
 * Davidson's correction: a residual, enlarged along known directions whose eigenvalues are close to θ,
 *
 *   t = r + Σ_k (|θ|/(θ − μ_k) − 1)·(u_kᵀr)·u_k
 *
 * @param mostEnlarged how many times at most, and so where μ_k lies above θ
 */
export function corrected(
  residual: Float32Array,
  theta: number,
  known: readonly KnownDirection[],
  mostEnlarged: number,
): Float32Array {
  const t = Float32Array.from(residual);
  const directions = known.map(({ direction }) => direction);
  const parts = dots(directions, residual);
  const weights = known.map(({ eigenvalue }, k) => {
    const distance = Math.max(theta - eigenvalue, Math.abs(theta) / mostEnlarged);
    return (Math.abs(theta) / distance - 1) * parts[k]!;
  });
  addCombination(t, weights, directions);
  return t;
}
