import type { OpenDataset } from "@eoss/data/node";
import { ConfigError, type TrainConfig } from "@eoss/run";
import { batchSizeSchedule, changesOf, settingsAt, type TrainingPlan } from "@eoss/sgd";

/**
 * Refuses a seed of its own for what is not drawn: runs that differ in it alone would be equal, and pass for
 * repetitions.
 *
 * @param samples n
 * @throws ConfigError naming the seed
 */
export function checkSeeds(
  config: TrainConfig,
  { drawn, loaded }: OpenDataset,
  plan: TrainingPlan,
  samples: number,
): void {
  const all = loaded.train.inputs.length / loaded.inputShape.reduce((size, n) => size * n, 1);
  if (config["data-seed"] !== undefined && !drawn && samples === all && !config["label-noise"]) {
    throw new ConfigError(
      `data-seed ${config["data-seed"]} draws nothing: all ${all} samples of ${config.data} are used as they are; ` +
        "leave it out, or take some of them with --samples",
    );
  }
  if (
    config["order-seed"] !== undefined &&
    !config.augment &&
    !drawsOrder(plan, samples, config.steps)
  ) {
    throw new ConfigError(
      `order-seed ${config["order-seed"]} draws nothing: every step takes all ${samples} samples, without noise; ` +
        "leave it out, or set --batch below that",
    );
  }
}

/** Whether some step takes a part of the samples or has noise, as far as can be known before. */
function drawsOrder(plan: TrainingPlan, samples: number, steps: number): boolean {
  const { interventions = [] } = plan;
  const waits = interventions.filter(({ at }) => at === "plateau");
  if (waits.some(({ batchSize, noise }) => batchSize !== undefined || noise !== undefined))
    return true;
  const drawnAt = (step: number) => {
    const { batchSize, noise = "none" } = settingsAt(plan, step);
    return batchSize < samples || noise !== "none";
  };
  for (const step of changesOf(batchSizeSchedule(plan))) {
    if (step >= steps) break;
    if (drawnAt(step)) return true;
  }
  return interventions.some(({ at }) => at !== "plateau" && at < steps && drawnAt(at));
}
