import { checkHyperparameters } from "../optimizers/options.js";
import { optimizerByName } from "../optimizers/registry.js";
import type { Intervention, OptimizerSettings, TrainingPlan } from "./plan.js";
import type { Schedule } from "./schedule.js";

// What comes out of a file is checked here once; every message names the key, the value and what is
// allowed, e.g. `batchSize.changes[1].at is -3; allowed: an integer from 0 on`.

type Entries = Readonly<Record<string, unknown>>;

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
  checkKeys(input, key, ["kind", ...kinds[kind]!]);
  if ("value" in input) checkValue(input.value, `${key}.value`, values);
  if ("from" in input) checkValue(input.from, `${key}.from`, values);
  if ("to" in input) checkValue(input.to, `${key}.to`, values);
  if ("steps" in input) checkInteger(input.steps, `${key}.steps`, 1);
  if ("initial" in input) checkSchedule(input.initial, `${key}.initial`, values);
  if ("after" in input) checkSchedule(input.after, `${key}.after`, values);
  if ("changes" in input) checkChanges(input.changes, `${key}.changes`, values);
  for (const part of kinds[kind]!) {
    if (!(part in input)) refuse(`${key}.${part}`, undefined, `required with kind ${kind}`);
  }
  return input as unknown as Schedule;
}

/**
 * A training plan out of untyped data.
 *
 * @throws RangeError naming the key, its value and what is allowed
 */
export function checkPlan(input: unknown): TrainingPlan {
  if (!isRecord(input)) refuse("plan", input, "{ learningRate, batchSize, ... }");
  checkKeys(input, "plan", ["learningRate", "batchSize", "optimizer", "noise", "interventions"]);
  checkSchedule(input.learningRate, "learningRate", learningRates);
  checkSchedule(input.batchSize, "batchSize", batchSizes);
  checkChoices(input, "");
  const { interventions = [] } = input;
  if (!Array.isArray(interventions)) refuse("interventions", interventions, "a list");
  for (const [i, intervention] of interventions.entries()) {
    checkIntervention(intervention, `interventions[${i}]`);
  }
  return input as unknown as TrainingPlan;
}

/**
 * An intervention out of untyped data.
 *
 * @param key its name, for messages
 * @throws RangeError naming the key, its value and what is allowed
 */
export function checkIntervention(input: unknown, key = "intervention"): Intervention {
  const parts = ["learningRate", "batchSize", "optimizer", "noise"];
  if (!isRecord(input)) refuse(key, input, `{ at, ${parts.join("?, ")}? }`);
  checkKeys(input, key, ["at", ...parts]);
  if (input.at !== "plateau") checkInteger(input.at, `${key}.at`, 0, ', or "plateau"');
  if (parts.every((part) => input[part] === undefined)) {
    refuse(key, input, `at least one of ${parts.join(", ")}`);
  }
  const { learningRate, batchSize } = input;
  if (learningRate !== undefined) {
    checkSchedule(learningRate, `${key}.learningRate`, learningRates);
  }
  if (batchSize !== undefined) checkSchedule(batchSize, `${key}.batchSize`, batchSizes);
  checkChoices(input, `${key}.`);
  return input as unknown as Intervention;
}

function checkChoices({ optimizer, noise }: Entries, prefix: string): void {
  if (optimizer !== undefined) checkOptimizer(optimizer, `${prefix}optimizer`);
  if (noise !== undefined && (typeof noise !== "string" || noise === "")) {
    refuse(`${prefix}noise`, noise, "the name of a noise");
  }
}

function checkOptimizer(input: unknown, key: string): void {
  const { name, ...options } = (
    isRecord(input) ? input : { name: input }
  ) as Partial<OptimizerSettings>;
  if (typeof name !== "string") refuse(key, input, "a name, or { name, ...options }");
  try {
    checkHyperparameters(name, optimizerByName(name).defaults, options);
  } catch (error) {
    throw new RangeError(`${key}: ${(error as Error).message}`);
  }
}

function checkChanges(changes: unknown, key: string, values: ValueDomain): void {
  if (!Array.isArray(changes)) refuse(key, changes, "a list of { at, value }");
  let before = -1;
  for (const [i, change] of changes.entries()) {
    const at = `${key}[${i}]`;
    if (!isRecord(change)) refuse(at, change, "{ at, value }");
    checkKeys(change, at, ["at", "value"]);
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

function checkInteger(value: unknown, key: string, least: number, or = ""): void {
  if (!(Number.isSafeInteger(value) && (value as number) >= least)) {
    refuse(key, value, `an integer from ${least} on${or}`);
  }
}

function checkKeys(input: Entries, key: string, known: readonly string[]): void {
  for (const name of Object.keys(input)) {
    if (!known.includes(name)) refuse(`${key}.${name}`, input[name], known.join(", "));
  }
}

function isRecord(value: unknown): value is Entries {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse(key: string, value: unknown, allowed: string): never {
  const shown = typeof value === "number" ? String(value) : JSON.stringify(value);
  throw new RangeError(`${key} is ${shown ?? "missing"}; allowed: ${allowed}`);
}
