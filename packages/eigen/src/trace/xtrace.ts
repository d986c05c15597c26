import { orthonormalize } from "../block.js";
import { check } from "../error.js";
import { countProducts } from "../operator.js";
import { createRandom } from "../random.js";
import { wait } from "../steps.js";
import { dots } from "../vectors.js";
import { type EstimatorFactory, estimator, meanOf, probe } from "./estimate.js";

/**
 * Trace by XTrace: Hutch++ in which every random vector serves both purposes in turn.
 *
 *   tᵢ = tr Qᵢᵀ·A·Qᵢ + zᵢᵀPᵢ·A·Pᵢ·zᵢ·(n − k + 1)/‖Pᵢzᵢ‖²,   tr A ≈ mean tᵢ
 *
 * Qᵢ spans A·Z without its i-th column; all of them follow from one QR factorisation A·Z = Q·R by
 * leaving out the direction sᵢ ∝ R⁻ᵀeᵢ. `matvecs` (default 30, at least 4): half for A·Z, half for
 * A·Q. The standard error is the spread of the exchangeable tᵢ, as its authors recommend.
 *
 * @see Epperly, Tropp & Webber (2024), XTrace: making the most of every sample in stochastic trace
 *   estimation
 */
export const xtrace: EstimatorFactory = /* @__PURE__ */ estimator(
  "xtrace",
  "matvecs",
  function* (operator, space, { matvecs = 30, seed = 0 }) {
    check(matvecs >= 4, `xtrace needs at least 4 products, got ${matvecs}`);
    const products = countProducts(operator, space);
    const { n } = products;
    const random = createRandom(seed, 3);
    const k = Math.min(Math.floor(matvecs / 2), n);

    const z = [];
    const images = [];
    for (let i = 0; i < k; i++) {
      const vector = yield* probe(space, n, random);
      z.push(vector);
      images.push(yield* products.apply(vector));
    }
    const copies = images.map((y) => space.copy(y));
    const q = yield* orthonormalize(space, copies, [], 1e-10);
    const r: Float64Array[] = []; // columns of R = QᵀAZ
    for (const y of images) r.push(yield* dots(space, q, y));
    const w: Float64Array[] = []; // columns of QᵀZ
    for (const vector of z) w.push(yield* dots(space, q, vector));
    const h: Float64Array[] = []; // columns of QᵀAQ
    for (const v of q) {
      const image = yield* products.apply(v);
      h.push(yield* dots(space, q, image));
      space.release(image);
    }
    const squares: number[] = [];
    for (const vector of z) squares.push(yield* wait(space.dot(vector, vector)));
    for (const v of [...z, ...images, ...q]) space.release(v);

    const rank = q.length;
    const inside = h.reduce((total, column, i) => total + column[i]!, 0);
    // A·Z has lost rank: its range is that of A, and QᵀAQ holds the whole trace.
    if (rank < k || rank === n) {
      return { value: inside, standardError: 0, samples: k, matvecs: products.spent };
    }
    const samples = z.map((_, i) => {
      const s = unitRowOfInverse(r, i);
      const along = dotOf(s, w[i]!);
      const c = w[i]!.map((value, j) => value - along * s[j]!);
      const hc = multiply(h, c);
      const quadratic = dotOf(w[i]!, r[i]!) - 2 * dotOf(c, r[i]!) + dotOf(c, hc);
      const left = squares[i]! - dotOf(c, c);
      return inside - dotOf(s, multiply(h, s)) + (quadratic * (n - k + 1)) / left;
    });
    return { ...meanOf(samples), samples: k, matvecs: products.spent };
  },
);

/** sᵢ with sᵢ·Rⱼ = 0 for j ≠ i, of unit length: row i of R⁻¹ for upper triangular R. */
function unitRowOfInverse(columns: Float64Array[], i: number): Float64Array {
  const k = columns.length;
  const s = new Float64Array(k);
  s[i] = 1 / columns[i]![i]!;
  for (let j = i + 1; j < k; j++) {
    let sum = 0;
    for (let p = i; p < j; p++) sum += s[p]! * columns[j]![p]!;
    s[j] = -sum / columns[j]![j]!;
  }
  const length = Math.sqrt(dotOf(s, s));
  return s.map((value) => value / length);
}

function multiply(columns: Float64Array[], x: Float64Array): Float64Array {
  const y = new Float64Array(x.length);
  for (const [j, column] of columns.entries()) {
    for (let i = 0; i < y.length; i++) y[i]! += column[i]! * x[j]!;
  }
  return y;
}

function dotOf(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0);
}
