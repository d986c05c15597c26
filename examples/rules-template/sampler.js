import { defineSampler } from "@eoss/sgd";

/** Batches of neighbours: a start drawn at random, and the samples after it. */
export default defineSampler({
  name: "neighbours",
  description: "a start drawn at random, and every k-th sample after it",

  // Its own options with their defaults.
  defaults: { stride: 1 },
  domains: {
    stride: { allowed: "an integer from 1 on", fits: (k) => Number.isSafeInteger(k) && k >= 1 },
  },

  // Indices of the batch of a step: a function of the step, so that a run can be entered anywhere.
  make:
    (samples, batchSize, stream, { stride }) =>
    (step) => {
      const start = Math.floor(stream.uniformAt(step) * samples);
      return Array.from({ length: batchSize }, (_, i) => (start + i * stride) % samples);
    },
});
