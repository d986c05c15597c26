import type { Measurement } from "@eoss/sharpness";
import type { BackendName } from "../backend.js";
import type { TrainConfig } from "../config.js";
import { thresholdOf } from "../plan.js";
import { breather } from "./breather.js";
import { measureNow } from "./measureNow.js";
import { openTask } from "./open.js";
import { readManifest } from "./read.js";
import { type ReplayOptions, replayTo } from "./replay.js";
import { configOf } from "./resume.js";

/** The settings that a later measurement may change. */
export const MEASURE_SETTINGS = [
  "measure",
  "tolerance",
  "max-batches",
  "top",
  "per-layer",
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
 * @param changes settings of measuring that differ from the run's: measure, tolerance, max-batches
 * @throws ConfigError, RunFolderError as `resume`
 */
export async function measureAt(
  directory: string,
  step: number,
  changes: Partial<Pick<TrainConfig, (typeof MEASURE_SETTINGS)[number]>>,
  options: ReplayOptions = {},
): Promise<MeasuredAt> {
  const manifest = readManifest(directory);
  const config = { ...configOf(directory, manifest), ...changes };
  const task = await openTask(config, manifest.backend as BackendName);
  const { trainer } = await replayTo(step, directory, task, manifest, options);
  try {
    const measurements = await measureNow(trainer, new Map(), breather(options.signal));
    return {
      step,
      stabilityThreshold: thresholdOf(trainer.plan, step),
      batchSize: trainer.settings.batchSize,
      measurements,
    };
  } finally {
    trainer.dispose();
  }
}
