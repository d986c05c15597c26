import type { TrainingPlan } from "@eoss/sgd";
import type { TrainConfig } from "../settings/config.js";
import { type PlateauRule, plateauRule, waitsForPlateau } from "./plateauWatch.js";
import type { RunInputs } from "./trainer.js";

/**
 * The names of the quantities that a run measures: those asked for, and those that its rules look at.
 *
 * @throws ConfigError if the test for a plateau cannot be read, also where nothing waits for one
 */
export function measuredNames(config: TrainConfig, plan: TrainingPlan): string[] {
  const names = new Set<string>(config.measure);
  const { quantity } = plateauRule(config.plateau);
  if (waitsForPlateau(plan)) names.add(quantity);
  if (config["stop-loss"] !== undefined) names.add("loss");
  if (config["stop-accuracy"] !== undefined) names.add("accuracy");
  return [...names];
}

/**
 * The name that the records of a run have for a quantity that its settings name: that of a file is what the
 * file calls itself.
 */
export function recordedName(
  { config, plan, quantities }: Pick<RunInputs, "config" | "plan" | "quantities">,
  name: string,
): string {
  return quantities[measuredNames(config, plan).indexOf(name)]?.name ?? name;
}

/** The test for a plateau, of the quantity under the name that records have for it. */
export function recordedPlateauRule(
  inputs: Pick<RunInputs, "config" | "plan" | "quantities">,
): PlateauRule {
  const rule = plateauRule(inputs.config.plateau);
  return { ...rule, quantity: recordedName(inputs, rule.quantity) };
}
