/** The Lanczos factorisation: a step, a restart, another sequence. */

import { roundingOf } from "../certificates/convergence.js";
import { identity } from "../dense/symmetric.js";
import { chase, tridiagonalEigen } from "../dense/tridiagonal.js";
import type { Products } from "../operators/operator.js";
import { checkRange, EigenError } from "../solver/error.js";
import { pick } from "../solver/pick.js";
import type { Random } from "../solver/random.js";
import type { Steps } from "../solver/steps.js";
import type { AsyncVectorSpace } from "../vectors/space.js";
import { randomOutside } from "../vectors/startVector.js";
import { orthogonalize, recur, rotate } from "../vectors/vectors.js";

/**
 * A Lanczos factorisation after j products,
 *
 *   A·V = V·T + β·v·eⱼᵀ,   VᵀV = I,   Vᵀv = 0
 *
 * with T tridiagonal. `basis` holds V and, unless the space is exhausted, v as one vector more.
 */
export interface Krylov<V> {
  basis: V[];
  /** Diagonal of T, [j]. */
  readonly diagonal: number[];
  /** Off-diagonal of T, and β at the end, [j]. 0 marks an invariant subspace. */
  readonly offDiagonal: number[];
  /**
   * Frobenius norm of VᵀAV − T as the orthogonalisation measures it for free: rounding of the
   * products and any lack of symmetry. It bounds what β·|s| leaves out of a true residual.
   */
  defect: number;
  /** What the rounding of restarts may have added to a residual. */
  drift: number;
  /** Largest |entry| that T has ever had, or |Ritz value|: a scale for A. */
  scale: number;
  /** Smallest β since the sequence began, at most `scale`. */
  weakest: number;
  /** The first dimensions of T span invariant subspaces found earlier. */
  closed: number;
  /** Where the sequence that is growing began, as components along the basis. */
  origin: Float64Array;
  /** Whether one has closed, so that another is growing in its complement. */
  isAnother: boolean;
}

/** A factorisation of order 0 that starts along a unit vector, which it owns from now on. */
export function startKrylov<V>(start: V): Krylov<V> {
  return {
    basis: [start],
    diagonal: [],
    offDiagonal: [],
    defect: 0,
    drift: 0,
    scale: 0,
    weakest: Infinity,
    closed: 0,
    origin: Float64Array.of(1),
    isAnother: false,
  };
}

/**
 * One Lanczos step with full reorthogonalisation: one product, two passes over the basis.
 *
 * The three-term recurrence is applied first. What Gram–Schmidt then still removes is rounding and
 * asymmetry only, so that one pass is enough, and its coefficients are the `defect`.
 *
 * @throws EigenError "not-finite", "not-symmetric"
 * @see Paige (1972); Daniel, Gragg, Kaufman & Stewart (1976) for the repeat criterion
 */
export function* extend<V>(
  krylov: Krylov<V>,
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  symmetryTol: number,
): Steps<void> {
  const { basis, diagonal, offDiagonal } = krylov;
  const j = diagonal.length;
  const w = yield* products.apply(basis[j]!);
  const beta = offDiagonal[j - 1] ?? 0;
  const { alpha: along, rest, products: first } = yield* recur(space, basis, beta, w);

  const { vector, norm, coefficients } = yield* orthogonalize(space, basis, rest, first);
  const alpha = along + coefficients[j]!;
  coefficients[j] = 0;
  const asymmetry = Math.hypot(...coefficients);
  krylov.scale = Math.max(krylov.scale, Math.abs(alpha), Math.abs(beta), norm);
  checkRange(krylov.scale, products.spent, space.epsilon);
  krylov.defect = Math.hypot(krylov.defect, asymmetry);
  if (asymmetry > symmetryTol * krylov.scale) {
    throw new EigenError("not-symmetric", `the operator is not symmetric, by ${asymmetry}`);
  }
  krylov.weakest = Math.min(krylov.weakest, krylov.scale, Math.abs(beta) || krylov.scale);
  diagonal.push(alpha);
  const exhausted = diagonal.length === products.n || norm <= roundingOf(space, krylov.scale);
  offDiagonal.push(exhausted ? 0 : norm);
  if (exhausted) {
    // What is dropped here is part of every residual.
    krylov.defect = Math.hypot(krylov.defect, norm);
    space.release(vector);
  } else {
    basis.push(space.scale(1 / norm, vector));
  }
}

/**
 * Whether the last β may be nothing but rounding, so that the space has closed.
 *
 * A direction that was normalised from a small β carries the rounding of its product enlarged by
 * scale/β, and its own product shows that. The margin is wide because a false alarm only costs a few
 * products (none with a single pair), while a missed one hides a copy of an eigenvalue. Such a β is
 * kept in T all the same: in a tight cluster it can be real.
 */
export function mayHaveClosed<V>(krylov: Krylov<V>, space: AsyncVectorSpace<V>): boolean {
  const { scale, weakest, offDiagonal } = krylov;
  const level = roundingOf(space, scale);
  const enlarged = scale * Math.min((16 * level) / weakest, 1e-9);
  return offDiagonal.at(-1)! <= Math.max(level, enlarged || 0);
}

/** From the next vector on another sequence grows, in the complement of the one that has closed. */
export function beginAnother(krylov: Krylov<unknown>): void {
  const m = krylov.diagonal.length;
  krylov.isAnother = true;
  krylov.origin = new Float64Array(m + 1);
  krylov.origin[m] = 1;
}

/** After an invariant subspace was found: goes on along a random direction outside of it. */
export function* addRandomDirection<V>(
  krylov: Krylov<V>,
  n: number,
  space: AsyncVectorSpace<V>,
  random: Random,
): Steps<void> {
  krylov.basis.push((yield* randomOutside(krylov.basis, n, space, random)).vector);
  krylov.weakest = krylov.scale;
  krylov.closed = krylov.diagonal.length;
}

/** Ritz values, descending, and the rows of all their vectors: x = V·(column of rows). */
export function ritzRows<V>({ diagonal, offDiagonal }: Krylov<V>): {
  values: Float64Array;
  rows: Float64Array[];
} {
  const rows = identity(diagonal.length);
  return { values: tridiagonalEigen(diagonal, offDiagonal, rows), rows };
}

/**
 * How many Ritz pairs survive the restart of a full basis: the wanted ones, and one more for each that has
 * converged, so that the shift for the next one stays sharp; three tenths of the basis for a single
 * pair, where keeping more saves next to no products and costs time.
 */
export function keptOf(k: number, converged: number, size: number): number {
  // Of a small basis two stay: a witness that is dropped at each restart never converges.
  const single = Math.max(0.3 * size, Math.min(2, size / 2));
  const kept = Math.floor(k <= 1 ? single : k + Math.min(converged, (size - k) / 2));
  return Math.max(1, Math.min(size - 1, kept));
}

/**
 * Thick restart: keeps the chosen Ritz vectors and goes on from the same v.
 *
 * The kept vectors couple to v through β·sᵢ, an arrowhead matrix. Plane rotations that leave v
 * alone make it tridiagonal again, so that what follows is an ordinary Lanczos recurrence and no
 * other code needs to know about restarts. Pairs of invariant subspaces
 * found earlier do not couple; they come first and stay as they are.
 *
 * @param keep indices into the descending Ritz values
 * @see Wu & Simon (2000), Thick-restart Lanczos method for large symmetric eigenvalue problems;
 *   Gragg & Harrod (1984), The numerically stable reconstruction of Jacobi matrices, for the rotations
 */
export function restart<V>(
  krylov: Krylov<V>,
  keep: readonly number[],
  space: AsyncVectorSpace<V>,
): void {
  const { diagonal, offDiagonal, basis, closed, origin } = krylov;
  const m = diagonal.length;
  const beta = offDiagonal[m - 1]!;
  const { values, rows } = ritzRows(krylov);
  const isClosed = (i: number) =>
    closed === m || (closed > 0 && rows[closed]![i] === 0 && rows[m - 1]![i] === 0);
  const still = keep.filter(isClosed);
  const order = [...still, ...keep.filter((i) => !isClosed(i))];

  const d = pick(values, order);
  const e = new Float64Array(order.length);
  const turn = rows.map((row) => pick(row, order));
  // The couplings to v, divided by β, turn with the rest.
  const couplings = turn[m - 1]!;
  for (let j = still.length + 1; j < order.length; j++) {
    // Each moves into its right neighbour.
    chase(d, e, turn, still.length, j, couplings[j - 1]!, couplings[j]!);
  }
  e[order.length - 1] = beta * couplings[order.length - 1]!;
  krylov.basis = [...rotate(space, basis.slice(0, m), turn, order.length), basis[m]!];
  // Each rotation rounds the basis once more, and nothing takes that back.
  krylov.defect += roundingOf(space, krylov.scale) / 16;
  krylov.drift += roundingOf(space, krylov.scale) / 8;
  diagonal.splice(0, m, ...d);
  offDiagonal.splice(0, m, ...e);
  const turned = order.map((_, c) =>
    turn.reduce((sum, row, r) => sum + (origin[r] ?? 0) * row[c]!, 0),
  );
  krylov.closed = still.length;
  krylov.origin = Float64Array.of(...turned, origin[m] ?? 0);
}
