/** The iteration of `lobpcg`, on a block that is given. */

import { epsilonOf, roundingOf } from "../certificates/convergence.js";
import { qr } from "../dense/qr.js";
import { symmetricEigen, transpose } from "../dense/symmetric.js";
import type { Products } from "../operators/operator.js";
import type { Status } from "../solver/result.js";
import { rank, type Which } from "../solver/settings.js";
import { type Steps, wait } from "../solver/steps.js";
import { checkGram, orthonormalize } from "../vectors/block.js";
import type { VectorScope } from "../vectors/vectorScope.js";
import { axpys, dots, orthogonalize, rotate } from "../vectors/vectors.js";

/** Orthonormal vectors, and A times each. */
export interface Block<V> {
  basis: V[];
  images: V[];
}

/** What a block is to become. */
export interface BlockGoal<V> {
  /** Vectors that are iterated. */
  readonly size: number;
  /** How many of them, the most wanted first, have to be done. */
  readonly k: number;
  /** Whether the next one has to be seen to stay behind them; default false. */
  readonly watch?: boolean;
  readonly which: Which;
  /** ‖A‖, as far as it has been seen; default 0. */
  readonly scale?: number;
  readonly symmetryTol: number;
  readonly maxMatvecs: number;
  readonly signal?: AbortSignal | undefined;
  /** Orthonormal directions that the block stays orthogonal to. */
  readonly outside?: readonly V[];
  /** A new vector ≈ A⁻¹·r. */
  readonly precondition?: ((r: V) => Steps<V>) | undefined;
  /** The largest residual with which a pair is done. */
  allowed(theta: number, scale: number): number;
  /** Sees values and residuals of all vectors of the block at every check. */
  onCheck?(values: Float64Array, residuals: Float64Array): void;
}

/** Ritz pairs, the most wanted first. */
export interface Improved<V> extends Block<V> {
  readonly values: Float64Array;
  /** ‖A·x − θ·x‖, [size], with the directions outside. */
  readonly residuals: Float64Array;
  /** The part of it that is orthogonal to the directions outside: of P·A·P. */
  readonly compressed: Float64Array;
  /** What rounding may have moved a value by. */
  readonly rounding: number;
  /** ‖A‖, as far as it has been seen. */
  readonly scale: number;
  /** Whether the pairs lie in the span of the block that was given. */
  readonly isSpan: boolean;
  readonly status: Status;
}

/** Rounding of one turn of what is carried, in units of ε·‖A‖; many turns are a random walk. */
const TURN = 8;

/** Residual of a rival, relative to its distance, that says that it stays behind. */
const QUIET = 1e-4;

/** After so many turns the basis is made orthonormal anew. */
const STRAIGHTEN = 8;

/**
 * Locally optimal block conjugate gradients: improves a block until its best pairs are done.
 *
 *   next X = best Ritz vectors of span{X, M·(A·X − X·Θ), P},   P = last step
 *
 * A·X and A·P follow from the coefficients. What their rounding may amount to is part of every
 * residual; as soon as that alone keeps a pair from being done, A·X is multiplied anew.
 *
 * @param block consumed; at least `size` vectors, of which the best are taken
 * @see Knyazev (2001); Duersch, Shao, Yang & Gu (2018)
 */
export function* locallyOptimal<V>(
  block: Block<V>,
  products: Products<V>,
  space: VectorScope<V>,
  goal: BlockGoal<V>,
): Steps<Improved<V>> {
  const { size: p, k, outside = [], precondition } = goal;
  let { basis, images } = block;
  let { scale = 0 } = goal;
  /** Turns since A·X was last multiplied. */
  let turns = 0;
  let best = Infinity;
  let stalled = 0;
  let isSpan = true;

  for (let iteration = 0; ; iteration++) {
    if (turns > 0 && turns % STRAIGHTEN === 0) yield* straighten(space, { basis, images });
    // Rayleigh–Ritz on the basis.
    const gram: Float64Array[] = [];
    for (const image of images) gram.push(yield* dots(space, basis, image));
    scale = Math.max(scale, ...gram.map((row) => Math.max(...row.map(Math.abs))));
    checkGram(gram, scale, goal.symmetryTol, products.spent, space.epsilon);
    const small = symmetricEigen(gram);
    const order = rank(goal.which, small.values).slice(0, p);
    const chosen = order.map((i) => small.vectors[i]!);
    const values = Float64Array.from(order, (i) => small.values[i]!);
    // The part of the step outside of the old X, orthonormal beside the new X, is the next P.
    const steps = previousDirections(chosen, p, iteration > 0);
    const turn = transpose([...chosen, ...steps]);
    basis = rotate(space, basis, turn, p + steps.length);
    images = rotate(space, images, turn, p + steps.length);
    turns++;

    const rs: V[] = [];
    const raw = new Float64Array(p);
    const inner = new Float64Array(p);
    for (let i = 0; i < p; i++) {
      let r = space.axpy(-values[i]!, basis[i]!, space.copy(images[i]!));
      raw[i] = inner[i] = Math.sqrt(yield* wait(space.dot(r, r)));
      if (outside.length > 0) {
        const leak = yield* dots(space, outside, r);
        r = axpys(
          space,
          leak.map((c) => -c),
          outside,
          r,
        );
        inner[i] = Math.sqrt(yield* wait(space.dot(r, r)));
      }
      rs.push(r);
    }
    const rounding = roundingOf(space, scale);
    const drift = TURN * epsilonOf(space) * scale * Math.sqrt(turns);
    const isWatched = goal.watch === true && p > k;
    const allowed = values.map((theta) => goal.allowed(theta, scale));
    // Until it has shown where it goes: hardly anything more wanted is left in the rival then.
    if (isWatched) {
      const distance = Math.abs(values[k - 1]! - values[k]!);
      allowed[k] = Math.max(QUIET * distance, Math.min(allowed[k]!, 1e-6 * scale));
    }
    const isHidden = (i: number) => {
      const level = Math.max(allowed[i]!, rounding);
      return inner[i]! <= level && Math.hypot(inner[i]!, drift) > level;
    };
    const watched = Array.from({ length: isWatched ? k + 1 : k }, (_, i) => i);
    const firsts = Array.from({ length: k }, (_, i) => i);
    if (turns > 1 && products.spent + p <= goal.maxMatvecs && watched.some(isHidden)) {
      // Rounding of what is carried, and nothing else, keeps a pair from being done: begin anew.
      for (const v of [...rs, ...images, ...basis.splice(p)]) space.release(v);
      basis = yield* orthonormalize(space, basis, outside, 1e-8);
      images = [];
      for (const x of basis) images.push(yield* products.apply(x));
      turns = 0;
      iteration = -1;
      continue;
    }
    const residuals = raw.map((r) => Math.hypot(r, drift));
    const compressed = inner.map((r) => Math.hypot(r, drift));
    goal.onCheck?.(values, compressed);

    const isDone = (i: number) => compressed[i]! <= allowed[i]!;
    const isSpent = (i: number) => isDone(i) || compressed[i]! <= rounding;
    const open = watched.filter((i) => !isDone(i));
    const worst = Math.max(0, ...open.map((i) => compressed[i]!));
    if (worst < 0.9 * best) stalled = 0;
    else stalled++;
    best = Math.min(best, worst);
    let status: Status | undefined;
    if (open.length === 0) status = "converged";
    else if (watched.every(isSpent)) status = firsts.every(isDone) ? "converged" : "rounding";
    else if (stalled > 30 && worst <= 1e3 * rounding) status = "stagnated";
    else if (goal.signal?.aborted) status = "aborted";
    let w: V[] = [];
    if (!status) {
      const directions: V[] = [];
      for (const [i, r] of rs.entries()) {
        if (isSpent(i)) space.release(r);
        else {
          directions.push(precondition ? yield* precondition(r) : r);
          if (precondition) space.release(r);
        }
      }
      w = yield* orthonormalize(space, directions, [...outside, ...basis], 1e-10);
      if (w.length === 0) status = worst <= 2 * rounding ? "rounding" : "stagnated";
      else if (products.spent + w.length > goal.maxMatvecs) status = "budget-spent";
    } else for (const r of rs) space.release(r);
    if (status) {
      for (const v of [...basis.splice(p), ...images.splice(p), ...w]) space.release(v);
      const level = rounding + drift;
      return {
        basis,
        images,
        values,
        residuals,
        compressed,
        rounding: level,
        scale,
        isSpan,
        status,
      };
    }
    isSpan = false;
    const fresh: V[] = [];
    for (const x of w) fresh.push(yield* products.apply(x));
    basis = [...basis.slice(0, p), ...w, ...basis.slice(p)];
    images = [...images.slice(0, p), ...fresh, ...images.slice(p)];
  }
}

/** Makes a basis that rounding has bent orthonormal again; its images take part in every step. */
function* straighten<V>(space: VectorScope<V>, { basis, images }: Block<V>): Steps<void> {
  for (const [i, x] of basis.entries()) {
    const before = basis.slice(0, i);
    const { vector, norm, coefficients } = yield* orthogonalize(space, before, x);
    const back = coefficients.map((c) => -c);
    basis[i] = space.scale(1 / norm, vector);
    images[i] = space.scale(1 / norm, axpys(space, back, images.slice(0, i), images[i]!));
  }
}

/** Coefficients of the new P: the chosen vectors without their X part, orthonormal beside them. */
function previousDirections(chosen: Float64Array[], p: number, moved: boolean): Float64Array[] {
  if (!moved) return [];
  const steps = chosen.map((c) => c.map((value, i) => (i < p ? 0 : value)));
  // Columns that vanish (pairs that no longer move) would only add rounding.
  const nonzero = steps.filter((s) => Math.sqrt(s.reduce((t, v) => t + v * v, 0)) > 1e-12);
  const room = chosen[0]!.length - p;
  const columns = [...chosen, ...nonzero.slice(0, room)];
  const { q, r } = qr(transpose(columns));
  const directions = transpose(q);
  return directions.slice(p).filter((_, i) => r[p + i]![p + i]! > 1e-12);
}
