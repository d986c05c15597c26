import type { TrainingPlan } from "@eoss/sgd";
import type { TrainConfig } from "../settings/config.js";
import { plateauRule, waitsForPlateau } from "./plateauWatch.js";

/** The names of the quantities that a run measures: those asked for, and those that its rules look at. */
export function measuredNames(config: TrainConfig, plan: TrainingPlan): string[] {
  const names = new Set<string>(config.measure);
  if (waitsForPlateau(plan)) names.add(plateauRule(config.plateau).quantity);
  if (config["stop-loss"] !== undefined) names.add("loss");
  if (config["stop-accuracy"] !== undefined) names.add("accuracy");
  return [...names];
}
