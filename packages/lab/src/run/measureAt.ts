import type { Measurement } from "@eoss/sharpness";
import type { TrainConfig } from "../config.js";
import { thresholdOf } from "../plan.js";
import { openPool } from "../workers/measuringPool.js";
import { atStep, type StepName } from "./atStep.js";
import { breather } from "./breather.js";
import { measureNow } from "./measureNow.js";
import type { ReplayOptions } from "./replay.js";

/** The settings that a later measurement may change. */
export const MEASURE_SETTINGS = [
  "measure",
  "tolerance",
  "max-batches",
  "top",
  "per-layer",
  "workers",
  "data-dir",
] as const satisfies ReadonlyArray<keyof TrainConfig>;

export interface MeasuredAt {
  readonly step: number;
  /** 2/η, or what the optimizer has instead, at the step. */
  readonly stabilityThreshold: number;
  readonly batchSize: number;
  readonly measurements: readonly Measurement[];
}

/**
 * Measures a run at a step after the fact, with any quantity. Batches are those that the run itself
 * would have measured on; the run is not changed.
 *
 * @param changes settings of measuring that differ from the run's
 * @throws ConfigError, RunFolderError as `resume`
 */
export function measureAt(
  directory: string,
  step: StepName,
  changes: Partial<Pick<TrainConfig, (typeof MEASURE_SETTINGS)[number]>>,
  options: ReplayOptions = {},
): Promise<MeasuredAt> {
  const { signal } = options;
  return atStep(directory, step, changes, options, async (trainer) => {
    const pool = openPool(trainer.task, signal);
    try {
      return {
        step: trainer.step,
        stabilityThreshold: thresholdOf(trainer.plan, trainer.step),
        batchSize: trainer.settings.batchSize,
        measurements: await measureNow(trainer, new Map(), breather(signal), pool),
      };
    } finally {
      await pool?.close();
    }
  });
}
