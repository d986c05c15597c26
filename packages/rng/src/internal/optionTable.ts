/** Options that are plain data, as settings of a run hold them: their defaults and what they may be. */

import { checkOptions } from "./checks.js";

/** What an option may be: plain data, as it stands in a config file. */
export type OptionValue = number | string | boolean | readonly number[];

/** The values that an option may have. */
export interface OptionDomain {
  /** In words, for messages: "a number from 0 to below 1". */
  readonly allowed: string;
  fits(value: unknown): boolean;
}

/** The options of something: their defaults, and what they may be where that is not anything like the default. */
export interface OptionTable {
  /** Undefined where an option must be given. */
  readonly defaults: Readonly<Record<string, OptionValue | undefined>>;
  readonly domains?: Readonly<Partial<Record<string, OptionDomain>>> | undefined;
}

const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);

export const nonNegative: OptionDomain = {
  allowed: "a finite number ≥ 0",
  fits: (value) => isNumber(value) && value >= 0,
};
export const fraction: OptionDomain = {
  allowed: "a number from 0 to below 1",
  fits: (value) => isNumber(value) && value >= 0 && value < 1,
};
export const positive: OptionDomain = {
  allowed: "a finite number above 0",
  fits: (value) => isNumber(value) && value > 0,
};
export const positiveInteger: OptionDomain = {
  allowed: "an integer from 1 on",
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
};
export const nonNegativeInteger: OptionDomain = {
  allowed: "an integer from 0 on",
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};
export const oneOf = (...words: readonly string[]): OptionDomain => ({
  allowed: words.map((word) => JSON.stringify(word)).join(", "),
  fits: (value) => words.includes(value as string),
});

/**
 * Options with their defaults filled in.
 *
 * @param what whose options they are, for messages
 * @throws RangeError naming the option, its value and what is allowed
 */
export function completeOptions(
  what: string,
  table: OptionTable,
  given: Readonly<Record<string, OptionValue | undefined>>,
): Readonly<Record<string, OptionValue>> {
  checkOptions(what, given, Object.keys(table.defaults));
  const all = Object.entries(table.defaults).map(([name, value]) => [name, given[name] ?? value]);
  for (const [name, value] of all) checkOption(what, table, name as string, value);
  return Object.fromEntries(all);
}

/** @throws RangeError as `completeOptions` */
export function checkOption(
  what: string,
  { defaults, domains = {} }: OptionTable,
  name: string,
  value: unknown,
): void {
  const { allowed, fits } = domains[name] ?? domainLike(defaults[name]);
  if (value === undefined) throw new RangeError(`${what} needs the option ${name}: ${allowed}`);
  if (fits(value)) return;
  // JSON has no infinity and no NaN.
  const given = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? value);
  throw new RangeError(`${name} of ${what} is ${given}; allowed: ${allowed}`);
}

/** Values like the default, where nothing else is said of an option. */
function domainLike(value: OptionValue | undefined): OptionDomain {
  if (Array.isArray(value)) {
    const { length } = value;
    return {
      allowed: `${length} finite numbers`,
      fits: (given) => Array.isArray(given) && given.length === length && given.every(isNumber),
    };
  }
  if (typeof value === "number") return { allowed: "a finite number", fits: isNumber };
  if (typeof value === "boolean") {
    return { allowed: "true, false", fits: (given) => typeof given === "boolean" };
  }
  return { allowed: "a text", fits: (given) => typeof given === "string" };
}
