/** What an optimizer from somewhere else has to be, and how it is found. */

import { EossError } from "@eoss/rng";
import {
  type LoadPluginOptions,
  namedRule,
  type PluginKind,
  resolvePlugin,
} from "@eoss/rng/internal";
import type { Optimizer } from "./optimizer.js";
import { optimizers } from "./registry.js";

/** A module or value is not what `--optimizer` asks for; the message names the rule it broke. */
export class OptimizerContractError extends EossError {
  override readonly name = "OptimizerContractError";
}

const METHODS = [
  ...(["threshold", "smallBatchThreshold", "coupledDecay", "preconditioner"] as const),
  ...(["init", "lookAhead", "step"] as const),
] satisfies ReadonlyArray<keyof Optimizer>;

const OPTIMIZER: PluginKind<Optimizer> = {
  noun: "optimizer",
  nouns: "optimizers",
  loader: "loadOptimizer",
  howMade: "defineOptimizer({ name, defaults, slots, threshold, update })",
  builtIn: optimizers,
  brokenRule,
  Failure: OptimizerContractError,
  nameTaken: "reports could not tell them apart",
};

/**
 * The optimizer that `--optimizer` names:
 *
 * - the name of a built-in one: `adam`;
 * - a file: `./my-optimizer.js`;
 * - a package: `@them/rules`, `their-package#fast`; without an export's name the default export counts.
 *
 * @throws OptimizerContractError saying what could not be found, or which rule the module broke
 */
export async function loadOptimizer(
  specifier: string,
  options: LoadPluginOptions = {},
): Promise<Optimizer> {
  return resolvePlugin(OPTIMIZER, specifier, options);
}

/** Which rule of optimizers an object breaks, in words; undefined if none. */
function brokenRule(members: Readonly<Record<string, unknown>>): string | undefined {
  const { defaults, slots, preconditions } = members;
  const rule = namedRule(members);
  if (rule !== undefined) return rule;
  if (typeof defaults !== "object" || defaults === null) return "`defaults` must be an object";
  const without = Object.entries(defaults).find(([, value]) => value === undefined)?.[0];
  if (without !== undefined) return `the option ${without} has no default`;
  if (!Array.isArray(slots)) return "`slots` must be a list of names";
  if (typeof preconditions !== "boolean") return "`preconditions` must be true or false";
  const missing = METHODS.find((method) => typeof members[method] !== "function");
  return missing && `\`${missing}\` must be a function`;
}
