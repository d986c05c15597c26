import { countProducts } from "../operator.js";
import { createRandom } from "../random.js";
import { wait } from "../steps.js";
import { type EstimatorFactory, estimator, meanOf, probe } from "./estimate.js";

/**
 * Trace by Hutchinson's estimator.
 *
 *   tr A ≈ (1/m)·Σ zᵢᵀA·zᵢ,   error ∝ ‖A‖_F/√m
 *
 * Unbiased; `matvecs` (default 30) random vectors, each one product.
 *
 * @see Hutchinson (1989), A stochastic estimator of the trace of the influence matrix
 */
export const hutchinson: EstimatorFactory = /* @__PURE__ */ estimator(
  "hutchinson",
  "matvecs",
  function* (operator, space, { matvecs = 30, seed = 0 }) {
    const products = countProducts(operator, space);
    const random = createRandom(seed, 1);
    const samples = new Float64Array(matvecs);
    for (let i = 0; i < matvecs; i++) {
      const z = yield* probe(space, products.n, random);
      const image = yield* products.apply(z);
      samples[i] = yield* wait(space.dot(z, image));
      space.release(z);
      space.release(image);
    }
    return { ...meanOf(samples), samples: matvecs, matvecs: products.spent };
  },
);
