import { checkOptions } from "@eoss/rng/internal";
import { checkHyperparameters } from "../optimizers/options.js";
import { optimizerByName } from "../optimizers/registry.js";
import {
  batchSizes,
  checkInteger,
  checkSchedule,
  isRecord,
  learningRates,
  refuse,
} from "./checkSchedule.js";
import type { Intervention, OptimizerSettings, TrainingPlan } from "./plan.js";

// What comes out of a file is checked here once.

type Entries = Readonly<Record<string, unknown>>;

/**
 * A training plan out of untyped data.
 *
 * @throws RangeError naming the key, its value and what is allowed
 */
export function checkPlan(input: unknown): TrainingPlan {
  if (!isRecord(input)) refuse("plan", input, "{ learningRate, batchSize, ... }");
  checkOptions("plan", input, ["learningRate", "batchSize", "optimizer", "noise", "interventions"]);
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
  checkOptions(key, input, ["at", ...parts]);
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
    checkHyperparameters(name, optimizerByName(name), options);
  } catch (error) {
    throw new RangeError(`${key}: ${(error as Error).message}`);
  }
}
