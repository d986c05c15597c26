/** The algorithm of `arnoldi`. */

import { roundingOf, tolerance } from "../certificates/convergence.js";
import { reorder, type Schur, schur, schurVector } from "../dense/schur.js";
import { transpose } from "../dense/symmetric.js";
import { countProducts, type LinearOperator, type Products } from "../operators/operator.js";
import { checkRange } from "../solver/error.js";
import { createRandom } from "../solver/random.js";
import { advice } from "../solver/report.js";
import type { Status } from "../solver/result.js";
import { checkPairs, type Shared } from "../solver/settings.js";
import { type Steps, wait } from "../solver/steps.js";
import type { AsyncVectorSpace } from "../vectors/space.js";
import { randomOutside, startVector } from "../vectors/startVector.js";
import type { VectorScope } from "../vectors/vectorScope.js";
import { orthogonalize, rotate } from "../vectors/vectors.js";
import type { ArnoldiHistoryEntry, ArnoldiResult, ComplexValues } from "./arnoldi.js";

/** Products after which a sequence that began outside of a closed space has shown what it adds. */
const PROBE = 16;

/** What `arnoldi` asks for beside the shared settings. */
export interface Limits {
  readonly wish: (re: number, im: number) => number;
  readonly basisSize: number | undefined;
  readonly onProgress: ((entry: ArnoldiHistoryEntry) => void) | undefined;
}

/** An eigenvalue of H, or a complex pair of them. */
interface Ritz {
  /** Its place in the Schur form. */
  readonly at: number;
  readonly size: 1 | 2;
  readonly re: number;
  readonly im: number;
}

/** The Krylov–Schur method; see `arnoldi`. */
export function* krylovSchur<V>(
  operator: LinearOperator<V>,
  space: VectorScope<V>,
  settings: Shared,
  { wish, basisSize, onProgress }: Limits,
  start: V | readonly V[] | undefined,
): Steps<ArnoldiResult<V>> {
  const products = countProducts(operator, space);
  const { n } = products;
  const { k } = settings;
  checkPairs(k, n);
  const random = createRandom(settings.seed);
  const warm = start !== undefined;
  const history: ArnoldiHistoryEntry[] = [];
  const size = Math.min(n, basisSize ?? 2 * k + 24);
  const every = Math.ceil(size / 5);
  // The last products are those of the check.
  const budget = settings.maxMatvecs - (k + 1);

  let basis = [yield* startVector(start, n, space, random)];
  /** Columns of H with the entry of b below them; what is missing is 0. */
  let columns: Float64Array[] = [];
  let scale = 0;
  /** What rounding and dropped directions have put between A·V and V·H. */
  let defect = 0;
  /** Products since the space closed last, and what was wanted then. */
  let since = Infinity;
  let before: Ritz[] = [];

  for (;;) {
    const j = columns.length;
    const w = yield* products.apply(basis[j]!);
    const { vector, norm, coefficients } = yield* orthogonalize(space, basis, w);
    scale = Math.max(scale, Math.hypot(norm, ...coefficients));
    checkRange(scale, products.spent, space.epsilon);
    const rounding = roundingOf(space, scale);
    const m = j + 1;
    const closes = m === n || norm <= rounding;
    columns.push(Float64Array.of(...coefficients, closes ? 0 : norm));
    since = closes ? 0 : since + 1;
    if (closes) {
      defect = Math.hypot(defect, norm);
      space.release(vector);
      if (m < n) basis.push((yield* randomOutside(basis, n, space, random)).vector);
    } else basis.push(space.scale(1 / norm, vector));

    const spent = products.spent >= budget;
    const aborted = settings.signal?.aborted === true;
    if (!closes && !spent && !aborted && m < size && (m < k || m % every > 0)) continue;

    const rows = Array.from({ length: m }, (_, i) => Float64Array.from(columns, (c) => c[i] ?? 0));
    const last = Float64Array.from(columns, (c) => c[m] ?? 0);
    const form = schur(rows);
    const order = ritzOf(form, wish);
    let count = 0;
    const wanted = order.filter(({ size }) => count < k && (count += size) > 0);
    const vectors = wanted.map(({ at }) => schurVector(form, at));
    const couplings = vectors.map(({ re, im }) => Math.hypot(inner(last, re), inner(last, im)));
    const allowed = wanted.map(({ re, im }) =>
      tolerance(settings, Math.hypot(re, im), scale, space),
    );
    const entry: ArnoldiHistoryEntry = {
      matvecs: products.spent,
      values: valuesOf(wanted),
      residuals: repeat(
        wanted,
        couplings.map((c) => Math.hypot(c, defect)),
      ),
    };
    if (settings.history) history.push(entry);
    onProgress?.(entry);

    // The explicit residuals differ from these by rounding.
    const isResolved = couplings.every(
      (c, i) => c + defect + rounding / 4 <= allowed[i]! || c <= Math.max(defect, rounding / 4),
    );
    // A space that has closed shows one vector of each eigenspace: the next sequence must add nothing.
    const same =
      before.length === wanted.length &&
      wanted.every(
        ({ re, im }, i) => Math.hypot(re - before[i]!.re, im - before[i]!.im) <= rounding,
      );
    const seen = closes ? same || (k === 1 && !warm) : since > PROBE && (!warm || m > 1);
    if (closes) before = wanted;
    const ended = count >= k && isResolved && seen;
    if (m === n || ended || spent || aborted) {
      for (const v of basis.splice(m)) space.release(v);
      const pairs = makeVectors(space, basis, wanted, vectors);
      const residuals: number[] = [];
      for (const [i, pair] of pairs.entries()) {
        residuals.push(yield* residualOf(products, space, wanted[i]!, pair));
      }
      let status: Status = "stagnated";
      if (m < n && !ended) status = aborted ? "aborted" : "budget-spent";
      else if (residuals.every((r, i) => r <= allowed[i]!)) status = "converged";
      // ‖A‖ is known from its products with a few vectors, which may be half of it or less.
      else if (residuals.every((r, i) => r <= Math.max(allowed[i]!, 4 * rounding)))
        status = "rounding";
      const message = advice(status, settings, "basisSize");
      return {
        values: valuesOf(wanted),
        vectors: withConjugates(space, pairs),
        residuals: repeat(wanted, residuals),
        backwardErrors: repeat(
          wanted,
          residuals.map((r) => r + rounding),
        ),
        matvecs: products.spent,
        status,
        ...(message && { message }),
        ...(settings.history && { history }),
      };
    }

    if (m >= size) {
      const kept = choose(order, count, size);
      const chosen = form.t.map((_, i) =>
        kept.some(({ at, size }) => i === at || i === at + size - 1),
      );
      const next = reorder(form, chosen);
      const p = kept.reduce((sum, ritz) => sum + ritz.size, 0);
      const turn = next.q.map((row) => row.slice(0, p));
      columns = Array.from({ length: p }, (_, c) =>
        Float64Array.from({ length: p + 1 }, (__, i) =>
          i < p
            ? next.t[i]![c]!
            : inner(
                last,
                next.q.map((row) => row[c]!),
              ),
        ),
      );
      basis = [...rotate(space, basis.slice(0, m), turn, p), basis[m]!];
      defect += rounding / 16;
    }
  }
}

function inner(x: Float64Array, y: ArrayLike<number>): number {
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0);
}

/** The eigenvalues of H, pairs as one, the most wanted first. */
function ritzOf({ re, im }: Schur, wish: Limits["wish"]): Ritz[] {
  const all = Array.from(re, (value, at): Ritz => {
    return { at, size: im[at] === 0 ? 1 : 2, re: value, im: im[at]! };
  });
  return all
    .filter((ritz) => ritz.im >= 0)
    .sort((a, b) => wish(b.re, b.im) - wish(a.re, a.im) || b.re - a.re);
}

/**
 * What survives a restart: the wanted pairs and between a quarter and a half of the others, cut where
 * eigenvalues are furthest apart, because a cut through a cluster is ill-conditioned.
 */
function choose(order: readonly Ritz[], wanted: number, size: number): Ritz[] {
  const most = Math.min(size - 3, wanted + Math.floor((size - wanted) / 2));
  const least = Math.min(most - 1, wanted + Math.floor((size - wanted) / 4));
  let kept = 0;
  let best = -1;
  let cut = 0;
  for (
    let i = 1, p = order[0]!.size as number;
    p <= most && i < order.length;
    p += order[i++]!.size
  ) {
    if (p < least) continue;
    const gap = Math.min(
      ...order
        .slice(0, i)
        .flatMap((a) => order.slice(i).map((b) => Math.hypot(a.re - b.re, a.im - b.im))),
    );
    if (gap > best) [best, cut] = [gap, i];
    kept = p;
  }
  return order.slice(0, kept > 0 ? cut : 1);
}

/** The numbers once for each eigenvalue of a pair. */
const repeat = (wanted: readonly Ritz[], numbers: readonly number[]): Float64Array =>
  Float64Array.from(wanted.flatMap(({ size }, i) => Array<number>(size).fill(numbers[i]!)));

function valuesOf(wanted: readonly Ritz[]): ComplexValues {
  const im = wanted.flatMap((ritz) => (ritz.size === 1 ? [0] : [ritz.im, -ritz.im]));
  const re = repeat(
    wanted,
    wanted.map((ritz) => ritz.re),
  );
  return { re, im: Float64Array.from(im) };
}

/** An eigenvector: a complex one has an imaginary part. */
interface Eigenvector<V> {
  re: V;
  im: V | undefined;
}

/** Eigenvectors V·x; consumes the basis. */
function makeVectors<V>(
  space: AsyncVectorSpace<V>,
  basis: readonly V[],
  wanted: readonly Ritz[],
  vectors: readonly { re: Float64Array; im: Float64Array }[],
): Eigenvector<V>[] {
  const columns = vectors.flatMap(({ re, im }, i) => (wanted[i]!.size === 1 ? [re] : [re, im]));
  const made = rotate(space, basis, transpose(columns), columns.length);
  return wanted.map(({ size }) => ({
    re: made.shift()!,
    im: size === 2 ? made.shift() : undefined,
  }));
}

/** ‖A·v − λ·v‖ by products; scales v to unit norm. */
function* residualOf<V>(
  products: Products<V>,
  space: AsyncVectorSpace<V>,
  { re: a, im: b }: Ritz,
  pair: Eigenvector<V>,
): Steps<number> {
  const square = function* (x: V): Steps<number> {
    return yield* wait(space.dot(x, x));
  };
  const norm = Math.sqrt((yield* square(pair.re)) + (pair.im ? yield* square(pair.im) : 0));
  pair.re = space.scale(1 / norm, pair.re);
  if (pair.im) pair.im = space.scale(1 / norm, pair.im);
  // A·(x + i·y) − (a + i·b)·(x + i·y), part by part.
  let real = space.axpy(-a, pair.re, yield* products.apply(pair.re));
  if (pair.im) real = space.axpy(b, pair.im, real);
  let sum = yield* square(real);
  space.release(real);
  if (pair.im) {
    const image = space.axpy(-a, pair.im, yield* products.apply(pair.im));
    const imaginary = space.axpy(-b, pair.re, image);
    sum += yield* square(imaginary);
    space.release(imaginary);
  }
  return Math.sqrt(sum);
}

/** One vector for each eigenvalue, of which a complex pair has two. */
function withConjugates<V>(
  space: AsyncVectorSpace<V>,
  pairs: readonly Eigenvector<V>[],
): { re: V; im: V }[] {
  return pairs.flatMap(({ re, im }) =>
    im === undefined
      ? [{ re, im: space.scale(0, space.copy(re)) }]
      : [
          { re, im },
          { re: space.copy(re), im: space.scale(-1, space.copy(im)) },
        ],
  );
}
