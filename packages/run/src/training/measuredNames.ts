import type { TrainingPlan } from "@eoss/sgd";
import type { TrainConfig } from "../settings/config.js";
import { ConfigError } from "../settings/configError.js";
import { isDue, rhythmOf } from "../settings/rhythm.js";
import { type PlateauRule, plateauRule, waitsForPlateau } from "./plateauWatch.js";
import type { RunInputs } from "./trainer.js";

/**
 * The names of the quantities that a run measures: those asked for, and those that its rules look at.
 *
 * @throws ConfigError if the test for a plateau cannot be read, also where nothing waits for one, or if the
 *   steps of measuring do not go with it or with the budget
 */
export function measuredNames(config: TrainConfig, plan: TrainingPlan): string[] {
  const names = new Set<string>(config.measure);
  const { quantity } = plateauRule(config.plateau);
  if (waitsForPlateau(plan)) {
    names.add(quantity);
    checkRegular(config, quantity, "plateau");
  }
  const stop = stopPlateauRule(config);
  if (stop !== undefined) {
    names.add(stop.quantity);
    checkRegular(config, stop.quantity, "stop-plateau");
  }
  checkBudget(config);
  if (config["stop-loss"] !== undefined) names.add("loss");
  if (config["stop-accuracy"] !== undefined) names.add("accuracy");
  return [...names];
}

/** What a window of points says of a drift holds for points at equal distances. */
function checkRegular(
  { every }: TrainConfig,
  quantity: string,
  setting: "plateau" | "stop-plateau",
): void {
  if (rhythmOf(every, quantity).kind === "every") return;
  throw new ConfigError(
    `a plateau of ${quantity} is looked for at steps of equal distance, but every "${every}" has it measured at ` +
      `others; add ${quantity}=K to it, or name another quantity in --${setting}`,
  );
}

/** A budget decides at each measurement when the next one is: there is one distance, and no list of steps. */
function checkBudget({ every, budget }: TrainConfig): void {
  if (budget === undefined || typeof every === "number") return;
  throw new ConfigError(
    `a budget decides itself when all is measured, so every is one number beside it, not "${every}"; leave one of ` +
      "the two out",
  );
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

/** The test that ends the run, if it has one, of the quantity under the name that records have for it. */
export function recordedStopRule(
  inputs: Pick<RunInputs, "config" | "plan" | "quantities">,
): PlateauRule | undefined {
  const rule = stopPlateauRule(inputs.config);
  return rule && { ...rule, quantity: recordedName(inputs, rule.quantity) };
}

/**
 * Which steps count in the test for a plateau: those at equal distances. What is measured beside them, at a change
 * or at an end that was moved later, would weigh as much as they do. With a budget no distance is like another.
 */
export function regularSteps(
  { config }: Pick<RunInputs, "config">,
  setting: "plateau" | "stop-plateau" = "plateau",
): (step: number) => boolean {
  if (config.budget !== undefined) return () => true;
  const { quantity } = plateauRule(config[setting]!, setting);
  const rhythm = rhythmOf(config.every, quantity);
  return (step) => isDue(rhythm, step);
}

function stopPlateauRule({ "stop-plateau": text }: TrainConfig): PlateauRule | undefined {
  return text === undefined ? undefined : plateauRule(text, "stop-plateau");
}
