/** Options that are more than plain data, functions among them: which there are, and what each may be. */

import { checkOptions, type Fault, shown } from "./checks.js";
import type { OptionDomain } from "./optionTable.js";

/** An option that must be given. */
export interface NeededDomain extends OptionDomain {
  readonly needed: true;
}

/** What each option of a type may be. One that is added to the type and not here does not compile. */
export type OptionDomains<Options> = {
  readonly [Name in keyof Options]-?: undefined extends Options[Name] ? OptionDomain : NeededDomain;
};

const of = (allowed: string, fits: OptionDomain["fits"]): OptionDomain => ({ allowed, fits });

export const text = of("a text", (value) => typeof value === "string");
export const number = of("a number", (value) => typeof value === "number" && !Number.isNaN(value));
export const flag = of("true, false", (value) => typeof value === "boolean");
export const callback = of("a function", (value) => typeof value === "function");
export const abortSignal = of(
  "the signal of an AbortController",
  (value) => typeof (value as AbortSignal | null)?.addEventListener === "function",
);
/** @param allowed what is in it, in words: "of settings" */
export const record = (allowed: string): OptionDomain =>
  of(
    `an object ${allowed}`,
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  );
/** @param allowed what is in it, in words: "of names" */
export const list = (allowed: string, { fits }: OptionDomain = of("", () => true)): OptionDomain =>
  of(`a list ${allowed}`, (value) => Array.isArray(value) && value.every((one) => fits(one)));
/** @param members names of functions that it has */
export const withMethods = (allowed: string, ...members: readonly string[]): OptionDomain =>
  of(allowed, (value) =>
    members.every(
      (name) => typeof (value as Record<string, unknown> | null)?.[name] === "function",
    ),
  );
/** What is said of it in words of its own. */
export const lookedAtLater = of("", () => true);
export const needed = (domain: OptionDomain): NeededDomain => ({ ...domain, needed: true });

/**
 * Refuses an option that nobody reads, one that is missing, and a value that is none of its option's.
 *
 * @param what the function that is called, for the message
 * @throws Fault naming the function, the option, its value and what is allowed
 */
export function checkTypedOptions<Options>(
  what: string,
  given: Options,
  domains: OptionDomains<Options>,
  Failure: Fault = RangeError,
): void {
  checkOptions(what, given, Object.keys(domains), Failure);
  for (const [name, domain] of Object.entries<OptionDomain | NeededDomain>(domains)) {
    const value: unknown = given[name as keyof Options];
    if (value === undefined) {
      if (!("needed" in domain) || domain.allowed === "") continue;
      throw new Failure(`${what} needs the option ${name}: ${domain.allowed}`);
    }
    if (domain.fits(value)) continue;
    throw new Failure(`${name} of ${what} is ${shown(value)}; allowed: ${domain.allowed}`);
  }
}
