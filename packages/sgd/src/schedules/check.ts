import { checkOptions, isForeign } from "@eoss/rng/internal";
import type { Optimizer } from "../optimizers/optimizer.js";
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

type Optimizers = Readonly<Record<string, Optimizer>>;

/**
 * A training plan out of untyped data. Of optimizers of users that are not given nothing but the form is known.
 *
 * @param optimizers those of users, by the names that the plan has for them
 * @throws RangeError naming the key, its value and what is allowed
 */
export function checkPlan(input: unknown, optimizers: Optimizers = {}): TrainingPlan {
  if (!isRecord(input)) refuse("plan", input, "{ learningRate, batchSize, ... }");
  checkOptions("plan", input, ["learningRate", "batchSize", "optimizer", "noise", "interventions"]);
  checkSchedule(input.learningRate, "learningRate", learningRates);
  checkSchedule(input.batchSize, "batchSize", batchSizes);
  checkChoices(input, "", optimizers);
  const { interventions = [] } = input;
  if (!Array.isArray(interventions)) refuse("interventions", interventions, "a list");
  for (const [i, intervention] of interventions.entries()) {
    checkIntervention(intervention, `interventions[${i}]`, optimizers);
  }
  return input as unknown as TrainingPlan;
}

/**
 * An intervention out of untyped data.
 *
 * @param key its name, for messages
 * @param optimizers as of `checkPlan`
 * @throws RangeError naming the key, its value and what is allowed
 */
export function checkIntervention(
  input: unknown,
  key = "intervention",
  optimizers: Optimizers = {},
): Intervention {
  const parts = ["learningRate", "batchSize", "optimizer", "noise", "orderSeed"];
  if (!isRecord(input)) refuse(key, input, `{ at, ${parts.join("?, ")}? }`);
  checkOptions(key, input, ["at", ...parts]);
  if (input.at !== "plateau") checkInteger(input.at, `${key}.at`, 0, ', or "plateau"');
  if (parts.every((part) => input[part] === undefined)) {
    refuse(key, input, `at least one of ${parts.join(", ")}`);
  }
  const { learningRate, batchSize, orderSeed } = input;
  if (orderSeed !== undefined) checkInteger(orderSeed, `${key}.orderSeed`, 0);
  if (learningRate !== undefined) {
    checkSchedule(learningRate, `${key}.learningRate`, learningRates);
  }
  if (batchSize !== undefined) checkSchedule(batchSize, `${key}.batchSize`, batchSizes);
  checkChoices(input, `${key}.`, optimizers);
  return input as unknown as Intervention;
}

function checkChoices({ optimizer, noise }: Entries, prefix: string, optimizers: Optimizers): void {
  if (optimizer !== undefined) checkOptimizer(optimizer, `${prefix}optimizer`, optimizers);
  if (noise !== undefined && (typeof noise !== "string" || noise === "")) {
    refuse(`${prefix}noise`, noise, "the name of a noise");
  }
}

function checkOptimizer(input: unknown, key: string, optimizers: Optimizers): void {
  const { name, ...options } = (
    isRecord(input) ? input : { name: input }
  ) as Partial<OptimizerSettings>;
  if (typeof name !== "string") refuse(key, input, "a name, or { name, ...options }");
  if (isForeign(name) && !Object.hasOwn(optimizers, name)) return;
  try {
    checkHyperparameters(name, optimizerByName(name, optimizers), options);
  } catch (error) {
    throw new RangeError(`${key}: ${(error as Error).message}`);
  }
}
