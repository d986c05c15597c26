/** What a data set from somewhere else has to be. */

import { EossError } from "@eoss/rng";
import { namedRule, schemaRule } from "@eoss/rng/internal";

/** A module or value is not what `--data` asks for; the message names the rule it broke. */
export class DatasetContractError extends EossError {
  override readonly name = "DatasetContractError";
}

/** Which rule of a data set an object breaks, in words; undefined if none. */
export function brokenRule(members: Readonly<Record<string, unknown>>): string | undefined {
  return (
    namedRule(members) ??
    schemaRule(members.options) ??
    (typeof members.load === "function" ? undefined : "`load` must be a function")
  );
}
