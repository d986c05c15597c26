/** The parts that definitions of users have: optimizers, losses, samplers, data sets, networks and the like. */

import { shown } from "./checks.js";
import type { OptionDomain, OptionTable } from "./optionTable.js";
import { schemaRule } from "./plugin.js";
import {
  checkTypedOptions,
  type NeededDomain,
  needed,
  type OptionDomains,
  record,
  text,
} from "./typedOptions.js";

const word: OptionDomain = {
  allowed: "a text that is not empty",
  fits: (value) => typeof value === "string" && value !== "",
};
const domain = (value: unknown): boolean => {
  const { allowed, fits } = (value ?? {}) as Partial<OptionDomain>;
  return typeof allowed === "string" && typeof fits === "function";
};
const domains: OptionDomain = {
  allowed: "an object with { allowed, fits } by option: a text, and a function of the value",
  fits: (value) => record("").fits(value) && Object.values(value as object).every(domain),
};
const schema: OptionDomain = {
  allowed: "a zod schema (zod 4), e.g. z.object({})",
  fits: (value) => schemaRule(value) === undefined,
};

/** Parts of what has options of plain data. */
export const TABLE_PARTS: {
  readonly [Part in "name" | "defaults"]: NeededDomain;
} & { readonly [Part in "description" | "domains"]: OptionDomain } = {
  name: needed(word),
  description: text,
  defaults: needed(record("with a value by option, or {}")),
  domains,
};

/** Parts of what has options that a schema describes. */
export const SCHEMA_PARTS: { readonly [Part in "name" | "description" | "options"]: NeededDomain } =
  {
    name: needed(word),
    description: needed(text),
    options: needed(schema),
  };

/**
 * Looks whether a definition with options of plain data has the parts that its type says.
 *
 * @param what the function that takes it, for messages
 * @param inherited options that all of its kind have: `domains` may speak of them
 * @param isOpen whether an option may have no default, and must then be given
 * @throws RangeError naming the part, what it is and what is allowed
 */
export function checkTableDefinition<Definition extends { readonly name: string }>(
  what: string,
  definition: Definition,
  parts: OptionDomains<Definition>,
  inherited: readonly string[] = [],
  isOpen = false,
): void {
  checkTypedOptions(what, definition, parts);
  const { name, defaults, domains = {} } = definition as unknown as { name: string } & OptionTable;
  const known = [...Object.keys(defaults), ...inherited];
  const strange = Object.keys(domains).find((option) => !known.includes(option));
  if (strange !== undefined) {
    const list = known.join(", ") || "no options";
    throw new RangeError(`domains of ${name} speak of the option ${strange}; it has: ${list}`);
  }
  const odd = Object.keys(defaults).find(
    (option) => !isValue(defaults[option]) && !(isOpen && defaults[option] === undefined),
  );
  if (odd !== undefined) {
    throw new RangeError(
      `the default of ${odd} of ${name} is ${shown(defaults[odd])}; allowed: a number, a list of numbers, ` +
        "a text, true or false",
    );
  }
}

/** Whether a value is plain data, as it stands in a config file. */
function isValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(Number.isFinite);
  return Number.isFinite(value) || typeof value === "string" || typeof value === "boolean";
}
