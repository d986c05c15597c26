import { adamDefinition } from "./adam.js";
import { defineOptimizer } from "./define.js";

/**
 * AdamW as in PyTorch: Adam with a weight decay that its moments do not see.
 *
 *   θ ← (1 − ηw)·θ − η·m̂ / (√v̂ + ε),   m̂ and v̂ as in adam
 *
 * The decay is no gradient of a loss, so the threshold contains it: with P as in adam the update is
 * stable while λmax(P^(−½) H P^(−½)) < (2 + 2β₁)/((1 − β₁)η) · (1 − ηw/2).
 *
 * @see torch.optim.AdamW; Loshchilov & Hutter (2019), Decoupled weight decay regularization; Cohen
 *   et al. (2022), Adaptive gradient methods at the edge of stability, for w = 0
 */
export const adamw = defineOptimizer({
  ...adamDefinition,
  name: "adamw",
  description: "Adam with decoupled weight decay, as in PyTorch",
  defaults: { ...adamDefinition.defaults, weightDecay: 0.01, decay: "decoupled" },
});
