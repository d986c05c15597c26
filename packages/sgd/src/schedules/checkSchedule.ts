import { checkOptions } from "@eoss/rng/internal";
import type { Schedule } from "./schedule.js";

// Every message names the key, the value and what is allowed, e.g. `batchSize.changes[1].at is -3;
// allowed: an integer from 0 on`.

/** What a schedule may give. */
export interface ValueDomain {
  readonly allowed: string;
  fits(value: number): boolean;
}

/** η, at least 0 */
export const learningRates: ValueDomain = {
  allowed: "a finite number ≥ 0",
  fits: (value) => value >= 0,
};

/** Whatever a schedule is of. */
const numbers: ValueDomain = { allowed: "a finite number", fits: () => true };

/** b, in samples */
export const batchSizes: ValueDomain = {
  allowed: "an integer from 1 on",
  fits: (value) => Number.isSafeInteger(value) && value >= 1,
};

const kinds: Readonly<Record<string, readonly string[]>> = {
  constant: ["value"],
  steps: ["initial", "changes"],
  linear: ["from", "to", "steps"],
  cosine: ["from", "to", "steps"],
  "warm-up": ["from", "steps", "after"],
  table: ["values"],
};

/**
 * A schedule out of untyped data.
 *
 * @param key its name, for messages
 * @throws RangeError naming the key, its value and what is allowed
 */
export function checkSchedule(input: unknown, key: string, values: ValueDomain): Schedule {
  if (typeof input === "number") {
    checkValue(input, key, values);
    return input;
  }
  if (!isRecord(input)) refuse(key, input, `${values.allowed}, or a schedule { kind, ... }`);
  const { kind } = input;
  if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) {
    refuse(`${key}.kind`, kind, Object.keys(kinds).join(", "));
  }
  checkOptions(key, input, ["kind", ...kinds[kind]!]);
  if ("value" in input) checkValue(input.value, `${key}.value`, values);
  if ("from" in input) checkValue(input.from, `${key}.from`, values);
  if ("to" in input) checkValue(input.to, `${key}.to`, values);
  if ("steps" in input) checkInteger(input.steps, `${key}.steps`, 1);
  if ("initial" in input) checkSchedule(input.initial, `${key}.initial`, values);
  if ("after" in input) checkSchedule(input.after, `${key}.after`, values);
  if ("changes" in input) checkChanges(input.changes, `${key}.changes`, values);
  if ("values" in input) checkTable(input.values, `${key}.values`, values);
  for (const part of kinds[kind]!) {
    if (!(part in input)) refuse(`${key}.${part}`, undefined, `required with kind ${kind}`);
  }
  return input as unknown as Schedule;
}

/** Schedules that were looked at: one is asked for its value at each step. */
const known = new WeakSet<object>();

/** @throws RangeError as `checkSchedule`, for a schedule that its caller made by hand */
export function requireSchedule(schedule: Schedule): void {
  if (typeof schedule === "object" && schedule !== null && known.has(schedule)) return;
  checkSchedule(schedule, "schedule", numbers);
  if (typeof schedule === "object") known.add(schedule);
}

/** Tables that were looked at: a plan is asked for its settings at each step. */
const knownTables = new WeakSet<object>();

function checkTable(table: unknown, key: string, values: ValueDomain): void {
  if (!Array.isArray(table) || table.length === 0) refuse(key, table, "a list of numbers");
  if (knownTables.has(table)) return;
  for (const [step, value] of table.entries()) checkValue(value, `${key}[${step}]`, values);
  knownTables.add(table);
}

function checkChanges(changes: unknown, key: string, values: ValueDomain): void {
  if (!Array.isArray(changes)) refuse(key, changes, "a list of { at, value }");
  let before = -1;
  for (const [i, change] of changes.entries()) {
    const at = `${key}[${i}]`;
    if (!isRecord(change)) refuse(at, change, "{ at, value }");
    checkOptions(at, change, ["at", "value"]);
    checkInteger(change.at, `${at}.at`, before + 1);
    checkSchedule(change.value, `${at}.value`, values);
    before = change.at as number;
  }
}

function checkValue(value: unknown, key: string, { allowed, fits }: ValueDomain): void {
  if (!(typeof value === "number" && Number.isFinite(value) && fits(value))) {
    refuse(key, value, allowed);
  }
}

/** @throws RangeError unless the value is an integer, not below the least */
export function checkInteger(value: unknown, key: string, least: number, or = ""): void {
  if (!(Number.isSafeInteger(value) && (value as number) >= least)) {
    refuse(key, value, `an integer from ${least} on${or}`);
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws RangeError naming the key, its value and what is allowed */
export function refuse(key: string, value: unknown, allowed: string): never {
  const shown = typeof value === "number" ? String(value) : JSON.stringify(value);
  throw new RangeError(`${key} is ${shown ?? "missing"}; allowed: ${allowed}`);
}
