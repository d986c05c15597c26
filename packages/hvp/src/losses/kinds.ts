/** The losses that settings name, with their options, and those of users. */

import { EossError } from "@eoss/rng";
import {
  byName,
  completeOptions,
  type LoadPluginOptions,
  namedRule,
  type PluginKind,
  resolvePlugin,
} from "@eoss/rng/internal";
import type { LossKind, LossTargets } from "./define.js";
import { hinge } from "./hinge.js";
import { huber } from "./huber.js";
import { losses } from "./index.js";
import { labelSmoothing } from "./labelSmoothing.js";

/** A likelihood of this package, which has no options. */
function plain(name: keyof typeof losses, description: string, targets: LossTargets): LossKind {
  const defaults = {};
  return {
    ...{ name, description, targets, defaults },
    head(options = {}) {
      completeOptions(name, { defaults }, options);
      return losses[name];
    },
  };
}

/** The losses by the names that settings have for them. */
export const lossKinds: Readonly<Record<string, LossKind>> = Object.fromEntries(
  [
    plain("mse", "squared errors", "numbers"),
    plain("ce", "softmax cross-entropy", "probabilities"),
    plain("bce", "cross-entropy of yes/no targets", "probabilities"),
    ...[huber, hinge, labelSmoothing],
  ].map((kind) => [kind.name, kind]),
);

/**
 * @param others losses of users, by the names that settings have for them
 * @throws RangeError naming the known losses, and the nearest
 */
export function lossKindByName(
  name: string,
  others: Readonly<Record<string, LossKind>> = {},
): LossKind {
  return Object.hasOwn(others, name) ? others[name]! : byName("loss", lossKinds, name);
}

/** A module or value is not what `--loss` asks for; the message names the rule it broke. */
export class LossContractError extends EossError {
  override readonly name = "LossContractError";
}

const LOSS: PluginKind<LossKind> = {
  noun: "loss",
  nouns: "losses",
  loader: "loadLoss",
  howMade: "defineLoss({ name, defaults, loss })",
  builtIn: lossKinds,
  brokenRule({ targets, defaults, head, ...named }) {
    const rule = namedRule(named);
    if (rule !== undefined) return rule;
    if (typeof targets !== "string") return "`targets` must be a text";
    if (typeof defaults !== "object" || defaults === null) return "`defaults` must be an object";
    return typeof head === "function" ? undefined : "`head` must be a function";
  },
  Failure: LossContractError,
  nameTaken: "reports could not tell them apart",
};

/**
 * The loss that `--loss` names:
 *
 * - the name of a built-in one: `huber`;
 * - a file: `./my-loss.js`;
 * - a package: `@them/losses`, `their-package#robust`; without an export's name the default export counts.
 *
 * @throws LossContractError saying what could not be found, or which rule the module broke
 */
export async function loadLoss(
  specifier: string,
  options: LoadPluginOptions = {},
): Promise<LossKind> {
  return resolvePlugin(LOSS, specifier, options);
}
