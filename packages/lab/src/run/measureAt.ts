import { checkOptions, checkTypedOptions, text } from "@eoss/rng/internal";
import {
  type ComparedMeasurement,
  ConfigError,
  comparisonsOf,
  measureNow,
  type NamedTensors,
  settingsIn,
  type TrainConfig,
} from "@eoss/run";
import { unlike } from "../folder/initial.js";
import { readManifest } from "../folder/read.js";
import { openPool } from "../threads/measuringPool.js";
import { progressAt } from "./progressAt.js";
import { REPLAY_OPTIONS, type ReplayOptions } from "./replay.js";
import { type StepName, withTrainerAt } from "./trainerAt.js";
import { pauseForEvents } from "./yieldToEvents.js";

/** The settings that a later measurement may change. */
export const MEASURE_SETTINGS = [
  "measure",
  "tolerance",
  "max-batches",
  "measure-seed",
  "top",
  "per-layer",
  "plugin-limit",
  "workers",
  "data-dir",
] as const satisfies ReadonlyArray<keyof TrainConfig>;

export interface MeasuredAt {
  readonly step: number;
  /** η and b of the step. */
  readonly learningRate: number;
  readonly batchSize: number;
  readonly measurements: readonly ComparedMeasurement[];
}

export interface MeasureAtOptions extends ReplayOptions {
  /** Another run: `distance` is then that from its parameters at the same step, not from θ₀. */
  readonly against?: string | undefined;
}

/**
 * Measures a run at a step after the fact, with any quantity. Batches are those that the run itself
 * would have measured on; the run is not changed.
 *
 * @param changes settings of measuring that differ from the run's
 * @throws ConfigError, RunFolderError as `resume`, and if the other run has other parameters
 */
export async function measureAt(
  directory: string,
  step: StepName,
  changes: Partial<Pick<TrainConfig, (typeof MEASURE_SETTINGS)[number]>>,
  given: MeasureAtOptions = {},
): Promise<MeasuredAt> {
  checkOptions("changes of measureAt", changes, MEASURE_SETTINGS);
  checkTypedOptions("measureAt", given, { against: text, ...REPLAY_OPTIONS });
  const { against, ...options } = given;
  const { signal } = options;
  const theirs = against === undefined ? undefined : await paramsAt(against, step, options);
  return withTrainerAt(directory, step, changes, options, async (trainer) => {
    if (theirs !== undefined) {
      const wrong = unlike(theirs, trainer.inputs.model);
      if (wrong !== undefined) throw new ConfigError(`${against} is of another network: ${wrong}`);
      trainer.measureFrom(theirs);
    }
    const pool = openPool(trainer.inputs, signal);
    const manifest = readManifest(directory);
    const compare = comparisonsOf(manifest);
    const { learningRate, batchSize } = settingsIn(manifest)(trainer.step);
    const progress = progressAt(trainer, options);
    try {
      const measured = await measureNow(trainer, new Map(), pauseForEvents(signal), {
        pool,
        certifyAll: true,
        onProgress: (now) => progress.looksAt(now),
      });
      return {
        step: trainer.step,
        learningRate,
        batchSize,
        measurements: measured.map((one) => ({ ...one, comparison: compare(one, trainer.step) })),
      };
    } finally {
      await pool?.close();
    }
  });
}

function paramsAt(directory: string, step: StepName, options: ReplayOptions) {
  return withTrainerAt(
    directory,
    step,
    { measure: [] },
    options,
    async (trainer): Promise<NamedTensors> =>
      new Map(Object.entries((await trainer.position()).state.params)),
  );
}
