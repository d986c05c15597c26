import { roundingOf } from "../certificates/convergence.js";
import { wait } from "../solver/steps.js";
import { orthonormalize } from "../vectors/block.js";
import { dots } from "../vectors/vectors.js";
import { type EstimatorFactory, imageOf, probe, traceEstimator } from "./estimate.js";
import { estimateFrom, marginFactor } from "./margin.js";

/**
 * Trace by XTrace: Hutch++ in which every random vector serves both purposes in turn.
 *
 *   tᵢ = tr Qᵢᵀ·A·Qᵢ + zᵢᵀPᵢ·A·Pᵢ·zᵢ·(n − k + 1)/‖Pᵢzᵢ‖²,   tr A ≈ mean tᵢ
 *
 * Qᵢ spans A·Z without its i-th column; all of them follow from one QR factorisation A·Z = Q·R by
 * leaving out the direction sᵢ ∝ R⁻ᵀeᵢ. `matvecs` (default 30, at least 4): half for A·Z, half for
 * A·Q.
 *
 * The tᵢ share their vectors, so that their spread alone is too small (in ± 2 of it lies the trace in 50 to
 * 90 % of all runs). The standard error adds 2·Σ(sᵢᵀA·sᵢ − ρᵢ)²/k², the variance that the direction left
 * out brings to zᵢᵀPᵢAPᵢzᵢ (ρᵢ: mean eigenvalue there), and is multiplied by n/(n − k), which is what flat
 * spectra need; both were checked by simulation.
 *
 * @see Epperly, Tropp & Webber (2024), XTrace: making the most of every sample in stochastic trace
 *   estimation
 * @example
 * const lowRank = { n: 100, apply: (x) => x.map((v, i) => (i < 3 ? v * (i + 1) : 0)) };
 * xtrace({ matvecs: 20 })(lowRank).value; // 6
 */
export const xtrace: EstimatorFactory = /* @__PURE__ */ traceEstimator(
  "xtrace",
  4,
  3,
  function* (products, space, random, matvecs) {
    const { n } = products;
    const k = Math.min(Math.floor(matvecs / 2), n);

    const z = [];
    const images = [];
    for (let i = 0; i < k; i++) {
      const vector = yield* probe(space, n, random);
      z.push(vector);
      images.push(yield* imageOf(products, space, vector));
    }
    const copies = images.map((y) => space.copy(y));
    const nothing = roundingOf(space, 1);
    const q = yield* orthonormalize(space, copies, [], nothing);
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
    let largest = 0;
    for (const [i, vector] of z.entries()) {
      squares.push(yield* wait(space.dot(vector, vector)));
      largest = Math.max(largest, Math.hypot(...r[i]!));
    }
    for (const v of [...z, ...images, ...q]) space.release(v);

    const rank = q.length;
    const inside = h.reduce((total, column, i) => total + column[i]!, 0);
    const rounding = nothing * Math.sqrt(n) * largest;
    // A·Z has lost rank: what is left of A on Q's complement C is of the size of rounding. A column says
    // ‖C·A·z‖ < 32ε·‖A·z‖, where ‖C·A·z‖ ≥ ‖C·A‖_F/16 for 95 % of all z, and |tr C·A| ≤ √n·‖C·A‖_F.
    if (rank < k || rank === n) {
      return { ...estimateFrom([0, 0], inside, 16 * rounding, products.spent), samples: k };
    }
    let doubled = 0;
    const samples = z.map((_, i) => {
      const s = unitRowOfInverse(r, i);
      const along = dotOf(s, w[i]!);
      const c = w[i]!.map((value, j) => value - along * s[j]!);
      const hc = multiply(h, c);
      const quadratic = dotOf(w[i]!, r[i]!) - 2 * dotOf(c, r[i]!) + dotOf(c, hc);
      const quotient = quadratic / (squares[i]! - dotOf(c, c));
      const dropped = dotOf(s, multiply(h, s));
      doubled += 2 * (dropped - quotient) ** 2;
      return inside - dropped + quotient * (n - k + 1);
    });
    const plain = estimateFrom(samples, 0, 0, products.spent);
    const standardError = (Math.hypot(plain.standardError, Math.sqrt(doubled) / k) * n) / (n - k);
    return { ...plain, standardError, error: marginFactor(k) * standardError + rounding };
  },
);

/** sᵢ with sᵢ·Rⱼ = 0 for j ≠ i, of unit length: row i of R⁻¹ for upper triangular R. */
function unitRowOfInverse(columns: Float64Array[], i: number): Float64Array {
  const k = columns.length;
  const s = new Float64Array(k);
  s[i] = 1; // up to its length, which is set at the end
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
