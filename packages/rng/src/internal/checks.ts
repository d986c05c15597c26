/** Checks of what a caller gives: the types are not there for everybody. */

import type { RandomStream } from "../stream.js";
import { nearest } from "./nearest.js";

/** The class of the error that is thrown. */
export type Fault = new (message: string) => Error;

/**
 * Refuses an option that nobody reads: a misspelt one would be ignored in silence. Options that are
 * undefined count as left out.
 *
 * @param what the function that is called, for the message
 * @param known the names of its options
 * @throws Fault naming the function, the option, those that there are and the nearest of them
 */
export function checkOptions(
  what: string,
  given: unknown,
  known: readonly string[],
  Fault: Fault = RangeError,
): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    const form = `{ ${known.join(", ")} }`;
    throw new Fault(`${what} takes its options as an object ${form}, not ${shown(given)}`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    const list = known.join(", ") || "no options";
    const given = name.slice(0, 40);
    throw new Fault(`${what} has no option ${given}; it has: ${list}${guess(given, known)}`);
  }
}

/**
 * The names of all options of a type. One that is added to the type and not here does not compile, and so
 * cannot be refused by mistake.
 */
export function namesOf<Options>(names: { readonly [Name in keyof Options]-?: true }): string[] {
  return Object.keys(names);
}

/**
 * Refuses a value that is none of a few words.
 *
 * @throws Fault naming the option, its value, those that are allowed and the nearest of them
 */
export function checkChoice(
  what: string,
  option: string,
  value: unknown,
  allowed: readonly string[],
  Fault: Fault = RangeError,
): void {
  if (allowed.includes(value as string)) return;
  const list = allowed.map((word) => JSON.stringify(word)).join(", ");
  const near = typeof value === "string" ? guess(value.slice(0, 40), allowed) : "";
  throw new Fault(`${option} of ${what} is ${shown(value)}; allowed: ${list}${near}`);
}

/** @throws TypeError if it is no random stream, as where its seed is given */
export function requireStream(what: string, given: unknown): asserts given is RandomStream {
  if (typeof (given as RandomStream | undefined)?.fork === "function") return;
  const seed = Number.isSafeInteger(given) && (given as number) >= 0 ? given : 0;
  throw new TypeError(
    `${what} takes a random stream, not ${shown(given)}: stream(${seed}, "a-name") of @eoss/rng ` +
      "makes one of a seed",
  );
}

function guess(word: string, names: readonly string[]): string {
  const near = nearest(word, names);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

/** A value as a message shows it, cut: a text is told from the number that it looks like. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Promise) return "a promise";
  if (typeof value !== "object" || value === null) return String(value).slice(0, 40);
  return typeof (value as Partial<Iterator<unknown>>).next === "function"
    ? "a generator"
    : "an object";
}
