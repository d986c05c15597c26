/** What a network from somewhere else has to be. */

import { EossError } from "@eoss/rng";

/** A module or value is not what `--model` asks for; the message names the rule it broke. */
export class ModelContractError extends EossError {
  override readonly name = "ModelContractError";
}

/** Which rule of a kind of network an object breaks, in words; undefined if none. */
export function brokenRule({
  name,
  description,
  options,
  build,
}: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof name !== "string" || name === "") return "`name` must be a text";
  if (typeof description !== "string") return "`description` must be a text";
  const schema = options as { safeParse?: unknown; _zod?: unknown } | undefined;
  if (typeof schema?.safeParse !== "function" || schema._zod === undefined) {
    return "`options` must be a zod schema (zod 4), e.g. z.object({})";
  }
  if (typeof build !== "function") return "`build` must be a function";
  return undefined;
}
