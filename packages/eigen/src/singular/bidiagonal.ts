/** The Golub–Kahan factorisation: a step, a restart, another sequence. */

import { roundingOf } from "../certificates/convergence.js";
import type { DenseSvd } from "../dense/svd.js";
import { transpose } from "../dense/symmetric.js";
import type { Products } from "../operators/operator.js";
import { checkRange } from "../solver/error.js";
import type { Random } from "../solver/random.js";
import type { Steps } from "../solver/steps.js";
import { checkedNorm } from "../vectors/checkedNorm.js";
import type { AsyncVectorSpace } from "../vectors/space.js";
import { randomOutside } from "../vectors/startVector.js";
import { axpys, orthogonalize, rotate } from "../vectors/vectors.js";
import { checkAdjoint, type RectangularProducts } from "./rectangular.js";

/**
 * A Golub–Kahan factorisation of order j,
 *
 *   A·P = Q·B,   Aᵀ·Q = P·Bᵀ + p·cᵀ,   PᵀP = QᵀQ = I,   Pᵀp = 0
 *
 * with B upper triangular: bidiagonal, and after a restart one full column beside a diagonal block.
 */
export interface Bidiagonal<V> {
  /** P and, unless the space is exhausted, p as one vector more. */
  right: V[];
  /** Q, j vectors. */
  left: V[];
  /** B, j rows of j numbers. */
  matrix: number[][];
  /** c, [j]; after a step all but its last entry, which is 0 where an invariant subspace has closed, are 0. */
  coupling: number[];
  /** Frobenius norm of what has been measured beside B and c: rounding, and A against Aᵀ. */
  defect: number;
  /** Largest |entry| that B and c have ever had, up to a factor √2: a scale for A. */
  scale: number;
  /** Smallest norm that a new direction had since the sequence began. */
  weakest: number;
  /** Whether a new direction of the last step may be nothing but rounding: the space has closed. */
  closing: boolean;
  /** Whether A has just given next to nothing, so that the space goes on from a vector on the left. */
  leftClosed: boolean;
  /** Whether the sequence began so: all of it is in the range of Aᵀ, and it sees no null vector. */
  fromLeft: boolean;
}

/** A factorisation of order 0 that starts along a unit vector, which it owns from now on. */
export function startBidiagonal<V>(start: V): Bidiagonal<V> {
  return {
    right: [start],
    left: [],
    matrix: [],
    coupling: [],
    defect: 0,
    scale: 0,
    weakest: Infinity,
    closing: false,
    leftClosed: false,
    fromLeft: false,
  };
}

/**
 * One step with full reorthogonalisation on both sides: one product with A, one with Aᵀ.
 *
 * What the factorisation says of a product is subtracted first. What Gram–Schmidt then still removes
 * is rounding, or a difference between Aᵀ and the transpose of A.
 *
 * @throws EigenError "not-adjoint", "out-of-range"
 * @see Golub & Kahan (1965); Larsen (1998), Lanczos bidiagonalization with partial reorthogonalization
 */
export function* extend<V>(
  state: Bidiagonal<V>,
  products: RectangularProducts<V>,
  space: AsyncVectorSpace<V>,
  random: Random,
  adjointTol: number,
): Steps<void> {
  const { left, right, matrix } = state;
  const j = left.length;
  const toLeft = yield* half(products.forward, right[j]!, state.coupling, left, space);
  let alpha = toLeft.norm;
  // Orthogonalised against nothing yet: the product itself.
  if (state.scale === 0) yield* checkedNorm(space, toLeft.vector, "the product A·x");
  grow(state, Math.hypot(alpha, ...toLeft.coefficients), products.forward.spent);
  let q = toLeft.vector;
  if (state.leftClosed) state.fromLeft = true;
  state.leftClosed = mayBeRounding(state, alpha, space);
  if (alpha <= levelOf(state, space)) {
    state.defect = Math.hypot(state.defect, alpha);
    alpha = 0;
    space.release(q);
    q = (yield* randomOutside(left, products.forward.n, space, random)).vector;
  } else q = space.scale(1 / alpha, q);
  for (const [i, row] of matrix.entries()) row.push(toLeft.coefficients[i]!);
  const known = new Array<number>(j).fill(0).concat(alpha);
  matrix.push(known.slice());
  left.push(q);

  const toRight = yield* half(products.backward, q, known, right, space);
  const beta = toRight.norm;
  if (state.scale === 0) yield* checkedNorm(space, toRight.vector, "the product Aᵀ·y");
  grow(state, Math.hypot(alpha, beta), products.backward.spent);
  for (const { deviation } of [toLeft, toRight]) {
    checkAdjoint(deviation, adjointTol * state.scale);
    state.defect = Math.hypot(state.defect, deviation);
  }
  const rightClosed = mayBeRounding(state, beta, space);
  state.closing = state.leftClosed || rightClosed;
  const exhausted = right.length === products.backward.n || beta <= levelOf(state, space);
  state.coupling = known.fill(0);
  if (exhausted) {
    state.defect = Math.hypot(state.defect, beta);
    space.release(toRight.vector);
  } else {
    state.coupling[j] = beta;
    right.push(space.scale(1 / beta, toRight.vector));
  }
}

/** One product, freed of a basis: `coefficients` are those of the product itself. */
function* half<V>(
  products: Products<V>,
  x: V,
  known: readonly number[],
  basis: readonly V[],
  space: AsyncVectorSpace<V>,
): Steps<{ vector: V; norm: number; coefficients: number[]; deviation: number }> {
  const product = yield* products.apply(x);
  const rest = axpys(
    space,
    known.map((value) => -value),
    basis,
    product,
  );
  const { vector, norm, coefficients } = yield* orthogonalize(space, basis, rest);
  return {
    vector,
    norm,
    coefficients: known.map((value, i) => value + coefficients[i]!),
    deviation: Math.hypot(...coefficients),
  };
}

function grow<V>(state: Bidiagonal<V>, size: number, spent: number): void {
  state.scale = Math.max(state.scale, size);
  checkRange(state.scale, spent);
}

/** What one product can be wrong by. */
const levelOf = <V>(state: Bidiagonal<V>, space: AsyncVectorSpace<V>): number =>
  roundingOf(space, state.scale);

/**
 * Whether a new direction of this norm may be nothing but rounding.
 *
 * One that was normalised from a small norm carries the rounding of its product enlarged. A false
 * alarm costs a few products, a missed one hides copies of a singular value.
 */
function mayBeRounding<V>(state: Bidiagonal<V>, norm: number, space: AsyncVectorSpace<V>): boolean {
  const { scale, weakest } = state;
  const level = levelOf(state, space);
  const enlarged = scale * Math.min((16 * level) / weakest, 1e-9);
  state.weakest = Math.min(weakest, norm || scale);
  return norm <= Math.max(level, enlarged || 0);
}

/** After an invariant subspace was found: goes on along a random direction outside of it. */
export function* addRandomDirection<V>(
  state: Bidiagonal<V>,
  n: number,
  space: AsyncVectorSpace<V>,
  random: Random,
): Steps<void> {
  state.weakest = state.scale;
  state.leftClosed = false;
  state.fromLeft = false;
  state.right.push((yield* randomOutside(state.right, n, space, random)).vector);
}

/**
 * Thick restart: keeps the chosen singular triplets of B and goes on from the same p.
 *
 * @see Baglama & Reichel (2005), Augmented implicitly restarted Lanczos bidiagonalization methods;
 *   Hernández, Román & Tomás (2008) for full reorthogonalisation
 */
export function restart<V>(
  state: Bidiagonal<V>,
  { values, left, right }: DenseSvd,
  keep: readonly number[],
  space: AsyncVectorSpace<V>,
): void {
  const m = state.left.length;
  const rowsOf = (vectors: readonly Float64Array[]) => transpose(keep.map((i) => vectors[i]!));
  const turned = keep.map((i) => left[i]!);
  state.coupling = turned.map((u) => u.reduce((sum, s, i) => sum + s * state.coupling[i]!, 0));
  const next = state.right.splice(m);
  state.right = [...rotate(space, state.right, rowsOf(right), keep.length), ...next];
  state.left = rotate(space, state.left, rowsOf(left), keep.length);
  state.matrix = keep.map((i, r) => keep.map((_, c) => (r === c ? values[i]! : 0)));
  // Each rotation rounds the bases once more, and nothing takes that back.
  state.defect += levelOf(state, space) / 16;
}
