/** What a noise from somewhere else has to be, and how it is found. */

import { EossError } from "@eoss/rng";
import {
  type LoadPluginOptions,
  namedRule,
  type PluginKind,
  resolvePlugin,
} from "@eoss/rng/internal";
import type { Noise } from "./noise.js";
import { noises } from "./registry.js";

/** A module or value is not what `--noise` asks for; the message names the rule it broke. */
export class NoiseContractError extends EossError {
  override readonly name = "NoiseContractError";
}

const NOISE: PluginKind<Noise> = {
  noun: "noise",
  nouns: "noises",
  loader: "loadNoise",
  howMade: "defineNoise({ name, defaults, gradient })",
  builtIn: noises,
  brokenRule({ biased, defaults, checkOptions: check, gradient, ...named }) {
    const rule = namedRule(named);
    if (rule !== undefined) return rule;
    if (typeof biased !== "boolean") return "`biased` must be true or false";
    if (typeof defaults !== "object" || defaults === null) return "`defaults` must be an object";
    if (typeof check !== "function") return "`checkOptions` must be a function";
    return typeof gradient === "function" ? undefined : "`gradient` must be a function";
  },
  Failure: NoiseContractError,
  nameTaken: "reports could not tell them apart",
};

/**
 * The noise that `--noise` names:
 *
 * - the name of a built-in one: `isotropic`;
 * - a file: `./my-noise.js`;
 * - a package: `@them/noises`, `their-package#heavy`; without an export's name the default export counts.
 *
 * @throws NoiseContractError saying what could not be found, or which rule the module broke
 */
export async function loadNoise(
  specifier: string,
  options: LoadPluginOptions = {},
): Promise<Noise> {
  return resolvePlugin(NOISE, specifier, options);
}
