/** What a data set from somewhere else has to be. */

import { EossError } from "@eoss/rng";

/** A module or value is not what `--data` asks for; the message names the rule it broke. */
export class DatasetContractError extends EossError {
  override readonly name = "DatasetContractError";
}

/** Which rule of a data set an object breaks, in words; undefined if none. */
export function brokenRule({
  name,
  description,
  options,
  load,
}: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof name !== "string" || name === "") return "`name` must be a text";
  if (typeof description !== "string") return "`description` must be a text";
  const schema = options as { safeParse?: unknown; _zod?: unknown } | undefined;
  if (typeof schema?.safeParse !== "function" || schema._zod === undefined) {
    return "`options` must be a zod schema (zod 4), e.g. z.object({})";
  }
  if (typeof load !== "function") return "`load` must be a function";
  return undefined;
}
