import { checkSizes, checkStep, type Sampler } from "./sampler.js";

/**
 * All samples at every step, in order: gradient descent.
 *
 * @example
 * fullBatch(4).at(17); // Int32Array [0, 1, 2, 3]
 */
export function fullBatch(samples: number): Sampler {
  checkSizes(samples, samples);
  const all = Int32Array.from({ length: samples }, (_, index) => index);
  return {
    batchSize: samples,
    at(step) {
      checkStep(step);
      return all.slice();
    },
  };
}
