/** The algorithm of `svds`. */

import { roundingOf, tolerance } from "../certificates/convergence.js";
import { svd } from "../dense/svd.js";
import { transpose } from "../dense/symmetric.js";
import { keptOf } from "../lanczos/krylov.js";
import { pick } from "../solver/pick.js";
import { createRandom } from "../solver/random.js";
import { advice, interruption, record } from "../solver/report.js";
import type { HistoryEntry, Status } from "../solver/result.js";
import { rank, type Shared } from "../solver/settings.js";
import { type Steps, wait } from "../solver/steps.js";
import type { AsyncVectorSpace } from "../vectors/space.js";
import { startVector } from "../vectors/startVector.js";
import { rotate } from "../vectors/vectors.js";
import { addRandomDirection, extend, restart, startBidiagonal } from "./bidiagonal.js";
import type { RectangularProducts } from "./rectangular.js";
import type { SingularResult } from "./svds.js";

/** Up to this order every step ends in a check, up to twice this every other, and so on. */
const STRIDE = 20;

/** What a converged result says that has seen no space close. */
const COPIES = "a repeated singular value may have more copies than were found: set repeated: true";

/** Limits of one search. */
export interface Limits {
  /** Vectors on each side before a restart. */
  readonly size: number;
  readonly adjointTol: number;
  /** Whether to look for copies of repeated values. */
  readonly repeated: boolean;
}

/** Singular triplets of an operator with at least as many rows as columns. */
export function* bidiagonalize<V>(
  products: RectangularProducts<V>,
  space: AsyncVectorSpace<V>,
  settings: Shared,
  { size, adjointTol, repeated }: Limits,
): Steps<Omit<SingularResult<V>, "matvecs" | "transposedMatvecs">> {
  const { n } = products.backward;
  const { k, which } = settings;
  const random = createRandom(settings.seed);
  const state = startBidiagonal(yield* startVector<V>(undefined, n, space, random));
  const history: HistoryEntry[] = [];
  // The wanted values when the space closed last, and how many dimensions it had then.
  let before: Float64Array = new Float64Array();
  let seam = 0;

  for (;;) {
    yield* extend(state, products, space, random, adjointTol);
    const m = state.left.length;
    const spent = products.forward.spent + products.backward.spent;
    const complete = m === n;
    const spentAll = spent + 2 > settings.maxMatvecs;
    // The decomposition of a large B costs more than a step: every few steps are enough.
    const due = m % (1 + Math.floor(m / STRIDE)) === 0;
    if (!(due || complete || spentAll || state.closing || m >= size)) continue;
    const last = state.coupling[m - 1]!;
    const small = svd(state.matrix);
    // What the recurrence alone says about the residuals, and what they are.
    const couplings = small.left.map((u) => Math.abs(u[m - 1]! * last));
    const residuals = Float64Array.from(couplings, (coupling) =>
      Math.hypot(coupling, state.defect),
    );
    const order = rank(which, small.values);
    const wanted = order.slice(0, k).sort((i, j) => i - j);
    const best = pick(small.values, wanted);
    record(settings, history, spent, best, pick(residuals, wanted));

    const rounding = roundingOf(space, state.scale);
    const isConverged = (i: number): boolean =>
      residuals[i]! <= tolerance(settings, small.values[i]!, state.scale, space);
    // Converged as far as the recurrence goes: only the accuracy of the products is in the way.
    const isResolved = (i: number): boolean => isConverged(i) || couplings[i]! < state.defect;
    /** Triplets of the sequence that is still growing have a part beyond the seam. */
    const open = (i: number): boolean => Math.hypot(...small.right[i]!.subarray(seam)) > 1e-6;

    /**
     * Whether converged triplets may be taken for the wanted ones. A random start has a part along
     * every singular space, so its Krylov space may be trusted until it closes. Then it has shown one
     * vector of each, and sequences in the complement must run until one adds nothing.
     */
    // Nothing lies below 0.
    const lowest = which === "smallest" && best[0]! <= rounding;
    const added = best.some((value, i) => !(Math.abs(value - before[i]!) <= rounding));
    const nothingMissed = (): boolean => {
      if (k === 1 || lowest) return true;
      if (seam === 0) return !state.closing && !repeated;
      if (added || (state.fromLeft && which === "smallest")) return false;
      if (state.closing) return true;
      const rival = order.slice(k).find(open);
      return rival === undefined ? wanted.some(open) : isResolved(rival);
    };

    const isReached = wanted.length === k && wanted.every(isResolved) && nothingMissed();
    let status: Status | undefined =
      complete || isReached ? "converged" : interruption(settings, spent, 2);
    if (status) {
      const [next] = state.right.splice(m);
      if (next !== undefined) space.release(next);
      const turn = (basis: V[], vectors: readonly Float64Array[]) =>
        rotate(space, basis, transpose(wanted.map((i) => vectors[i]!)), wanted.length);
      const left = turn(state.left, small.left);
      const right = turn(state.right, small.right);
      const radii = pick(residuals, wanted);
      if (status === "converged" && !wanted.every(isConverged)) {
        // What has been measured along the way is too much: the products themselves decide.
        for (const [i, sigma] of best.entries()) {
          radii[i] = yield* trueResidual(products, space, sigma, left[i]!, right[i]!);
        }
        const reaches = (level: (sigma: number) => number): boolean =>
          best.every((sigma, i) => radii[i]! <= level(sigma));
        if (!reaches((sigma) => tolerance(settings, sigma, state.scale, space))) {
          status = reaches(() => rounding) ? "rounding" : "stagnated";
        }
      }
      const seenAll = complete || k === 1 || lowest || seam > 0 || state.closing;
      const remark = status === "converged" && !seenAll ? COPIES : undefined;
      const message = advice(status, settings, "basisSize") ?? remark;
      return {
        values: best,
        left,
        right,
        residuals: radii,
        errorBounds: radii.map((r) => r + rounding),
        status,
        ...(message && { message }),
        ...(settings.history && { history }),
      };
    }

    if (state.closing) {
      seam = m;
      before = best;
    }
    if (last === 0) yield* addRandomDirection(state, n, space, random);
    const exact = (i: number): boolean => couplings[i]! <= Math.max(rounding, state.defect);
    // A sequence in the range of Aᵀ will not say whether there are more null vectors.
    const blind = seam > 0 && state.fromLeft && which === "smallest";
    const again = k > 1 && !state.closing && (blind || (repeated && added));
    if (again && wanted.length === k && wanted.every(exact)) {
      // As if the space had closed around them: what couples them to the rest is rounding.
      restart(state, small, wanted, space);
      space.release(state.right.pop()!);
      state.defect = Math.hypot(state.defect, ...state.coupling);
      state.coupling.fill(0);
      yield* addRandomDirection(state, n, space, random);
      seam = k;
      before = best;
      continue;
    }
    if (m >= size) {
      const kept = keptOf(k, wanted.filter(isConverged).length, size);
      const keep = order.slice(0, kept).sort((i, j) => Number(open(i)) - Number(open(j)));
      seam = seam === m ? keep.length : keep.filter((i) => !open(i)).length;
      restart(state, small, keep, space);
    }
  }
}

/** √(‖A·v − σ·u‖² + ‖Aᵀ·u − σ·v‖²), by two products. */
function* trueResidual<V>(
  { forward, backward }: RectangularProducts<V>,
  space: AsyncVectorSpace<V>,
  sigma: number,
  u: V,
  v: V,
): Steps<number> {
  let square = 0;
  for (const [products, from, to] of [
    [forward, v, u],
    [backward, u, v],
  ] as const) {
    const rest = space.axpy(-sigma, to, yield* products.apply(from));
    square += yield* wait(space.dot(rest, rest));
    space.release(rest);
  }
  return Math.sqrt(square);
}
