/** The loss heads by name. */

import { byName } from "@eoss/rng/internal";
import { binaryCrossEntropy } from "./binaryCrossEntropy.js";
import { crossEntropy } from "./crossEntropy.js";
import type { Likelihood } from "./likelihood.js";
import { mse } from "./mse.js";

/** The loss heads by the names that settings use. */
export const losses = {
  mse,
  ce: crossEntropy,
  bce: binaryCrossEntropy,
} as const satisfies Record<string, Likelihood>;

export type LossName = keyof typeof losses;

/**
 * @throws RangeError naming the known loss heads, and the nearest
 *
 * @example
 * lossByName("ce") === crossEntropy; // true
 */
export function lossByName(name: string): Likelihood {
  return byName<Likelihood>("loss", losses, name);
}

export type { IndexedRandom, Likelihood, LossHead } from "./likelihood.js";
export { binaryCrossEntropy, crossEntropy, mse };
