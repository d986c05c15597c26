/** Search for eigenvalues in the orthogonal complement of vectors that are known. */

import { boundBeyond, type Cycle, logAmplification } from "../certificates/amplification.js";
import { epsilonOf, roundingOf, tolerance } from "../certificates/convergence.js";
import { tridiagonalEigen } from "../dense/tridiagonal.js";
import type { Products } from "../operators/operator.js";
import { pick } from "../solver/pick.js";
import type { Random } from "../solver/random.js";
import { interruption } from "../solver/report.js";
import type { Status } from "../solver/result.js";
import { rank, type Shared, type Which } from "../solver/settings.js";
import type { Steps } from "../solver/steps.js";
import { orthonormalize } from "../vectors/block.js";
import { randomOutside } from "../vectors/startVector.js";
import type { VectorScope } from "../vectors/vectorScope.js";
import { axpys, dots, normalize, orthogonalize, rotate } from "../vectors/vectors.js";
import { extend, type Krylov, keptOf, restart, ritzRows, startKrylov } from "./krylov.js";

/** What a search looks for: eigenvalues outside of [lower, upper]; either may be infinite. */
export interface Window {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The window outside of which eigenvalues are more wanted than these, by more than a slack.
 *
 * @param values of the wanted pairs, descending
 */
export function windowBeyond(which: Which, values: Float64Array, slack: number): Window {
  const k = values.length;
  const top = which === "smallest" ? 0 : which === "both" ? Math.ceil(k / 2) : k;
  const upper = top > 0 ? values[top - 1]! + slack : Infinity;
  const lower = top < k ? values[top]! - slack : -Infinity;
  if (which !== "magnitude") return { lower, upper };
  const size = Math.min(...values.map(Math.abs)) + slack;
  return { lower: -size, upper: size };
}

/** Probability with which a look beyond a given start may miss something. */
export const MISSED = 1e-6;

/** What rounding adds to a residual of the recurrence, in units of ε·‖A‖. */
const CARRIED = 8;

/** How a search is to be done. */
export interface SearchSettings
  extends Pick<Shared, "which" | "rtol" | "atol" | "maxMatvecs" | "signal"> {
  readonly window: Window;
  readonly basisSize?: number | undefined;
  readonly symmetryTol: number;
  /** Probability with which an eigenvalue outside of the window may be missed; 0: end without. */
  readonly failure: number;
}

/** What a search has found; its vectors are orthonormal and orthogonal to what was known before. */
export interface Findings<V> {
  /** Ritz values outside of the window, or too near to its edge to be told from it; descending. */
  readonly values: Float64Array;
  readonly vectors: V[];
  /** Of the compressed operator. */
  readonly residuals: Float64Array;
  /** What rounding may have moved a value by. */
  readonly rounding: number;
  /** No eigenvalue that is not among `values` lies outside of these, with the probability asked for. */
  readonly bounds: Window;
  /** ‖A‖, as far as it has been seen. */
  readonly scale: number;
  /** "converged": all that shows outside of the window has converged, and what follows is inside. */
  readonly status: Status;
}

/**
 * Looks for eigenvalues outside of a window in the orthogonal complement of vectors that are known.
 *
 *   C = P·A·P,   P = I − Q·Qᵀ
 *
 * Lanczos from a Gaussian vector, until it has found pairs of C outside of the window, or shown that
 * there are none. Lanczos sees one vector of each eigenspace: what it has found is to be joined to Q,
 * and the search repeated. Between A and C stands Cauchy's interlacing: if m Ritz values of A on
 * the span of Q lie above τ and λmax(C) ≤ τ, then exactly m eigenvalues of A lie above τ, however
 * large the residuals of Q are.
 *
 * @param q orthonormal
 * @param scale ‖A‖, as far as it has been seen; 0 if nothing has
 */
export function* searchComplement<V>(
  products: Products<V>,
  space: VectorScope<V>,
  random: Random,
  q: readonly V[],
  scale: number,
  settings: SearchSettings,
): Steps<Findings<V>> {
  const { n } = products;
  const { which, window, basisSize, symmetryTol, failure } = settings;
  const compressed = compression(products, space, q);
  const { vector, norm } = yield* randomOutside(q, n, space, random);
  const krylov = startKrylov(vector);
  // Products are as inaccurate as those of A, however small C may be.
  krylov.scale = scale;
  // |zᵀq| of a standard normal vector is at most s with probability √(2/π)·s, at each end.
  const ends = Number.isFinite(window.lower) && Number.isFinite(window.upper) ? 2 : 1;
  const least = (failure / ends) * Math.sqrt(Math.PI / 2);
  const enough = failure > 0 ? Math.log(norm ** 2 / least ** 2) : Infinity;
  const cycles: Cycle[] = [];
  let seam = 0;

  for (;;) {
    yield* extend(krylov, compressed, space, symmetryTol);
    yield* keepOutside(krylov, q, space);
    const { diagonal, offDiagonal, defect } = krylov;
    const m = diagonal.length;
    const last = new Float64Array(m);
    last[m - 1] = 1;
    const values = tridiagonalEigen(diagonal, offDiagonal, [last]);
    krylov.scale = Math.max(krylov.scale, values[0]!, -values[m - 1]!);
    const rounding = roundingOf(space, krylov.scale) + krylov.drift;
    const couplings = last.map((s) => Math.abs(s * offDiagonal[m - 1]!));
    // The recurrence knows nothing of what the products and the basis were rounded by.
    const carried = CARRIED * epsilonOf(space) * krylov.scale;
    const residuals = couplings.map((coupling) => Math.hypot(coupling, defect, carried));
    const radius = (i: number) => residuals[i]! + rounding;
    const isInside = (i: number) =>
      values[i]! + radius(i) <= window.upper && values[i]! - radius(i) >= window.lower;
    const isOutside = (i: number) =>
      values[i]! - radius(i) > window.upper || values[i]! + radius(i) < window.lower;
    /** As accurate as the products are. */
    const isSpent = (i: number) => couplings[i]! <= Math.max(defect, rounding);
    const small = (i: number) =>
      residuals[i]! <= tolerance(settings, values[i]!, krylov.scale, space);

    const isWanted = (i: number) =>
      values[i]! > window.upper || values[i]! < window.lower || (isSpent(i) && !isInside(i));
    let above = 0;
    while (above < m && values[above]! >= window.lower && isWanted(above)) above++;
    let below = m;
    while (below > above && isWanted(below - 1)) below--;
    const wanted = [...values.keys()].filter((i) => i < above || i >= below);
    // The outermost of the others, on the sides where there is an edge.
    const next = above < below ? [above, below - 1] : [];
    if (window.lower === -Infinity) next.pop();
    if (window.upper === Infinity) next.shift();

    const margin = 2 * rounding + defect;
    const closed = offDiagonal[m - 1] === 0;
    const all = [...cycles, { diagonal, offDiagonal, seam }];
    const floor = rounding / 8;
    // Nothing lies beyond a bound that rounding has moved inwards.
    const isFree = (edge: number, side: 1 | -1) =>
      !Number.isFinite(edge) || logAmplification(all, floor, edge - side * margin, side) > enough;
    const isCertified =
      wanted.length === 0 &&
      (m === compressed.n || (isFree(window.upper, 1) && isFree(window.lower, -1)));
    const isFound = wanted.length > 0 || failure === 0;
    const isDone =
      closed ||
      isCertified ||
      (isFound &&
        wanted.every((i) => isSpent(i) || (small(i) && isOutside(i))) &&
        next.every((i) => isInside(i) && (wanted.length + q.length > 0 || small(i) || isSpent(i))));
    let status: Status | undefined = interruption(settings, products.spent);
    if (isDone) {
      const rest = wanted.filter((i) => !small(i) || !isOutside(i)).map((i) => residuals[i]!);
      if (rest.length > 0) status = Math.max(...rest) <= 2 * rounding ? "rounding" : "stagnated";
      // The space has closed, and rounding hides what may lie at the edge of the window.
      else if (wanted.length === 0 && failure > 0 && !isCertified) status = "rounding";
      else status = "converged";
    }
    if (status) {
      const bound = (side: 1 | -1, edge: number): number => {
        if (wanted.length > 0 || !isDone) return side * Infinity;
        const outermost = values[side === 1 ? 0 : m - 1]!;
        if (m === compressed.n) return outermost + side * margin;
        if (failure === 0 || !Number.isFinite(edge)) return side * Infinity;
        const step = side * Math.max(margin, Math.abs(edge - outermost), Number.MIN_VALUE);
        return boundBeyond(all, floor, enough, outermost, step) + side * margin;
      };
      const rows = ritzRows(krylov).rows.map((row) => pick(row, wanted));
      for (const v of krylov.basis.splice(m)) space.release(v);
      // Each restart has rounded the basis once more.
      const turned = rotate(space, krylov.basis, rows, wanted.length);
      return {
        values: pick(values, wanted),
        vectors: yield* orthonormalize(space, turned, q, 0),
        residuals: pick(residuals, wanted),
        rounding: margin,
        bounds: { lower: bound(-1, window.lower), upper: bound(1, window.upper) },
        scale: krylov.scale,
        status,
      };
    }
    const k = wanted.length;
    const size = Math.min(compressed.n, basisSize ? Math.max(basisSize, k + 2) : 2 * k + 24);
    if (m >= size) {
      const keep = rank(which, values).slice(0, keptOf(k, wanted.filter(small).length, size));
      cycles.push({ diagonal: [...diagonal], offDiagonal: [...offDiagonal], seam });
      restart(krylov, keep, space);
      seam = keep.length;
    }
  }
}

/** P·A, on the complement of Q: the same as P·A·P; its n is the dimension of the complement. */
function compression<V>(
  products: Products<V>,
  space: VectorScope<V>,
  q: readonly V[],
): Products<V> {
  return {
    n: products.n - q.length,
    get spent() {
      return products.spent;
    },
    *apply(x) {
      const product = yield* products.apply(x);
      const leak = yield* dots(space, q, product);
      return axpys(
        space,
        leak.map((c) => -c),
        q,
        product,
      );
    },
  };
}

/** Takes from the newest vector of a basis what rounding has brought in of Q. */
function* keepOutside<V>(krylov: Krylov<V>, q: readonly V[], space: VectorScope<V>): Steps<void> {
  const { basis, diagonal, offDiagonal } = krylov;
  const m = diagonal.length;
  if (q.length === 0 || basis.length === m) return;
  const beta = offDiagonal[m - 1]!;
  const along = yield* dots(space, q, basis[m]!);
  const part = Math.hypot(...along);
  if (part <= 4 * epsilonOf(space)) return;
  const { vector, norm } = yield* orthogonalize(space, [...q, ...basis.slice(0, m)], basis.pop()!);
  krylov.defect = Math.hypot(krylov.defect, beta * part);
  if (norm > 0) basis.push((yield* normalize(space, vector)).vector);
  else {
    space.release(vector);
    offDiagonal[m - 1] = 0;
  }
}
