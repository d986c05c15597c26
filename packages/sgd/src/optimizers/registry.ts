import { byName } from "@eoss/rng/internal";
import { adam } from "./adam.js";
import { adamw } from "./adamw.js";
import { blockDescent } from "./blockDescent.js";
import { heavyBall } from "./heavyBall.js";
import { muon } from "./muon.js";
import { nesterov } from "./nesterov.js";
import { normalizedDescent } from "./normalizedDescent.js";
import type { Optimizer } from "./optimizer.js";
import { rmsprop } from "./rmsprop.js";
import { sam } from "./sam.js";
import { sgd } from "./sgd.js";
import { signDescent } from "./signDescent.js";
import { spectralDescent } from "./spectralDescent.js";
import { unknown } from "./unknown.js";

/** The optimizers by name. */
export const optimizers: Readonly<Record<string, Optimizer>> = Object.fromEntries(
  [
    ...[sgd, heavyBall, nesterov, rmsprop, adam, adamw],
    ...[signDescent, normalizedDescent, muon, spectralDescent, blockDescent, sam],
  ].map((optimizer) => [optimizer.name, optimizer]),
);

/**
 * Also `unknown`, of runs that another program makes.
 *
 * @param others optimizers of users, by the names that settings have for them
 * @throws RangeError naming the known optimizers, and the nearest
 *
 * @example
 * // Heavy ball with β = 0.9 is stable up to (2 + 2β)/η.
 * optimizerByName("heavy-ball").threshold({ learningRate: 0.1, momentum: 0.9 }).value; // 38
 */
export function optimizerByName(
  name: string,
  others: Readonly<Record<string, Optimizer>> = {},
): Optimizer {
  if (Object.hasOwn(others, name)) return others[name]!;
  if (name === unknown.name) return unknown;
  return byName("optimizer", optimizers, name);
}
