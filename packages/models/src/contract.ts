/** What a network from somewhere else has to be. */

import { EossError } from "@eoss/rng";
import { namedRule, schemaRule } from "@eoss/rng/internal";

/** A module or value is not what `--model` asks for; the message names the rule it broke. */
export class ModelContractError extends EossError {
  override readonly name = "ModelContractError";
}

/** Which rule of a kind of network an object breaks, in words; undefined if none. */
export function brokenRule(members: Readonly<Record<string, unknown>>): string | undefined {
  return (
    namedRule(members) ??
    schemaRule(members.options) ??
    (typeof members.build === "function" ? undefined : "`build` must be a function")
  );
}
