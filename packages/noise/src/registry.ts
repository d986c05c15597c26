import { byName } from "@eoss/rng/internal";
import { block } from "./block.js";
import { constant } from "./constant.js";
import { diagonal } from "./diagonal.js";
import { directional } from "./directional.js";
import { isotropic } from "./isotropic.js";
import { label } from "./label.js";
import { langevin } from "./langevin.js";
import type { Noise } from "./noise.js";
import { sde } from "./sde.js";
import { shuffledSign } from "./shuffledSign.js";

/** The noises by name. */
export const noises: Readonly<Record<string, Noise>> = Object.fromEntries(
  [directional, shuffledSign, diagonal, block, isotropic, constant, langevin, label, sde].map(
    (noise) => [noise.name, noise],
  ),
);

/**
 * @param others noises of users, by the names that settings have for them
 * @throws RangeError naming the known noises, and the nearest
 *
 * @example
 * noiseByName("isotropic") === isotropic; // true
 */
export function noiseByName(name: string, others: Readonly<Record<string, Noise>> = {}): Noise {
  return Object.hasOwn(others, name) ? others[name]! : byName("noise", noises, name);
}
