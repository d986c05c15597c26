import { checkSizes, checkStep, type Sampler } from "./sampler.js";

/** All samples at every step, in order: gradient descent. */
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
