import { defineNoise, weightedGradients } from "@eoss/noise";

/**
 * The gradient with two-point noise on the weights of the samples:
 *
 *   ∇L + size/√(n·b) · Σ_i s_i·∇ℓ_i,   s_i = ±1
 */
export default defineNoise({
  name: "two-point",
  description: "each sample's gradient gains or loses the same share",

  // Its own options with their defaults; undefined: must be given.
  defaults: { size: 1 },
  domains: { size: { allowed: "a number above 0", fits: (value) => value > 0 } },

  // A function of the problem, the step's stream and the options. Its mean is that of L.
  gradient(problem, { stream, batchSize, options }) {
    const { samples } = problem;
    const size = options.size / Math.sqrt(samples * batchSize);
    const weights = Float64Array.from(stream.signs(samples), (sign) => 1 / samples + size * sign);
    const { gradients } = weightedGradients(problem, [weights]);
    const mean = weightedGradients(problem, [new Float64Array(samples).fill(1 / samples)]);
    for (const tensor of Object.values(mean.gradients[0])) tensor.dispose();
    return { loss: mean.loss, gradient: gradients[0] };
  },
});
