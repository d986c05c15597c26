import { roundingOf } from "../certificates/convergence.js";
import { wait } from "../solver/steps.js";
import { orthonormalize } from "../vectors/block.js";
import { axpys, dots } from "../vectors/vectors.js";
import { type EstimatorFactory, imageOf, probe, traceEstimator } from "./estimate.js";
import { estimateFrom } from "./margin.js";

/**
 * Trace by Hutch++: the dominant part exactly, the rest by Hutchinson.
 *
 *   tr A ≈ tr QᵀAQ + (1/m)·Σ zᵢᵀA·zᵢ,   Q = orth(A·S),  zᵢ uniform on a sphere in Q's complement
 *
 * Unbiased; a third of the `matvecs` (default 30, at least 6) each for A·S, A·Q and the samples.
 * For positive semi-definite A the error falls like 1/m instead of 1/√m.
 *
 * @see Meyer, Musco, Musco & Woodruff (2021), Hutch++: optimal stochastic trace estimation
 * @example
 * const lowRank = { n: 100, apply: (x) => x.map((v, i) => (i < 3 ? v * (i + 1) : 0)) };
 * hutchPlusPlus({ matvecs: 30 })(lowRank).value; // 6
 */
export const hutchPlusPlus: EstimatorFactory = /* @__PURE__ */ traceEstimator(
  "hutchPlusPlus",
  6,
  2,
  function* (products, space, random, matvecs) {
    const { n } = products;
    const third = Math.min(Math.floor(matvecs / 3), n);

    const images = [];
    for (let i = 0; i < third; i++) {
      const s = space.random(n, random);
      images.push(yield* imageOf(products, space, s));
      space.release(s);
    }
    const q = yield* orthonormalize(space, images, [], 1e-10);
    let exact = 0;
    let largest = 0;
    for (const v of q) {
      const image = yield* products.apply(v);
      const [along, square] = yield* dots(space, [v, image], image);
      exact += along!;
      largest = Math.max(largest, square!);
      space.release(image);
    }
    const rounding = n * roundingOf(space, Math.sqrt(largest));
    // All of space is spanned: nothing is left to sample.
    if (q.length === n) {
      for (const v of q) space.release(v);
      return { ...estimateFrom([0, 0], exact, rounding, products.spent), samples: n };
    }

    const count = matvecs - 2 * third;
    const samples = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const z = yield* probe(space, n, random);
      const along = (yield* dots(space, q, z)).map((c) => -c);
      const inside = axpys(space, along, q, z);
      const image = yield* products.apply(inside);
      // What is left of z is uniform in direction; its length would only add variance.
      const length = yield* wait(space.dot(inside, inside));
      samples[i] = ((n - q.length) / length) * (yield* wait(space.dot(inside, image)));
      space.release(inside);
      space.release(image);
    }
    for (const v of q) space.release(v);
    return estimateFrom(samples, exact, rounding, products.spent);
  },
);
