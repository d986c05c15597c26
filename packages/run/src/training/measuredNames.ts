import type { TrainingPlan } from "@eoss/sgd";
import type { TrainConfig } from "../settings/config.js";
import { plateauRule, waitsForPlateau } from "./plateauWatch.js";

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
