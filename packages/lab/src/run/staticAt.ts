/** Sharpness against the batch size, at one step of a recorded run. */

import {
  checkOptions,
  checkTypedOptions,
  list,
  nonNegativeInteger,
  type OptionDomains,
  positiveInteger,
} from "@eoss/rng/internal";
import { comparisonsOf, type TrainConfig } from "@eoss/run";
import { staticOptions } from "@eoss/run/internal";
import {
  type BernsteinBound,
  type ComparedWith,
  type StaticCurve,
  staticCurve,
} from "@eoss/sharpness";
import { readManifest } from "../folder/read.js";
import { openPool } from "../threads/measuringPool.js";
import { progressAt } from "./progressAt.js";
import { REPLAY_OPTIONS, type ReplayOptions } from "./replay.js";
import { type StepName, withTrainerAt } from "./trainerAt.js";
import { pauseForEvents } from "./yieldToEvents.js";

/** The settings that a static curve may change. */
export const STATIC_SETTINGS = [
  "tolerance",
  "max-batches",
  "measure-seed",
  "plugin-limit",
  "workers",
  "data-dir",
] as const satisfies ReadonlyArray<keyof TrainConfig>;

export interface StaticAtOptions extends ReplayOptions {
  /** b; default: the powers of two up to n/2. */
  readonly batchSizes?: readonly number[];
  /** Samples whose Hessians the matrix-Bernstein bound looks at; default 0, no bound. */
  readonly bernsteinSamples?: number;
}

const OPTIONS: OptionDomains<StaticAtOptions> = {
  batchSizes: list("of integers from 1 on", positiveInteger),
  bernsteinSamples: nonNegativeInteger,
  ...REPLAY_OPTIONS,
};

/** Plain data: it is kept in files, and sent from one process to another. */
export interface StaticAt extends Omit<StaticCurve, "bernstein"> {
  readonly step: number;
  /** The parts of the bound; its values stand at the points. */
  readonly bernstein?: Omit<BernsteinBound, "at">;
  /** n */
  readonly samples: number;
  /** What FullBS, and MiniBS at any b < n, is compared with at the step. */
  readonly comparisons: { readonly fullbs: ComparedWith; readonly minibs: ComparedWith };
}

/**
 * MiniBS and the gap to FullBS against the batch size, at the parameters of one step of a run (paper
 * C.1). The run is not changed.
 *
 * @throws ConfigError, RunFolderError as `resume`; RangeError as `staticCurve`
 */
export async function staticAt(
  directory: string,
  step: StepName,
  changes: Partial<Pick<TrainConfig, (typeof STATIC_SETTINGS)[number]>>,
  given: StaticAtOptions = {},
): Promise<StaticAt> {
  checkOptions("changes of staticAt", changes, STATIC_SETTINGS);
  checkTypedOptions("staticAt", given, OPTIONS);
  const { batchSizes, bernsteinSamples = 0, ...options } = given;
  const { signal } = options;
  return withTrainerAt(
    directory,
    step,
    { ...changes, measure: ["minibs"] },
    options,
    async (trainer) => {
      const problem = trainer.problem();
      const pool = openPool(trainer.inputs, signal);
      pool?.moveTo(await trainer.position());
      const progress = progressAt(trainer, options);
      try {
        const curve = await staticCurve(problem, {
          batchSizes: batchSizes ?? powersOfTwo(problem.samples / 2),
          bernsteinSamples,
          ...staticOptions(trainer),
          maxBatches: trainer.inputs.config["max-batches"],
          onProgress: (now) => progress.looksAt(now),
          pause: pauseForEvents(signal),
          ...(pool && { executor: pool, executorAt: (size) => pool.batchesOf(size) }),
        });
        const { bernstein, ...rest } = curve;
        return {
          step: trainer.step,
          samples: problem.samples,
          comparisons: comparisonsAt(directory, trainer.step),
          ...rest,
          ...(bernstein && { bernstein: withoutAt(bernstein) }),
        };
      } finally {
        await pool?.close();
      }
    },
  );
}

function withoutAt({ at: _, ...parts }: BernsteinBound): Omit<BernsteinBound, "at"> {
  return parts;
}

function comparisonsAt(directory: string, step: number): StaticAt["comparisons"] {
  const compare = comparisonsOf(readManifest(directory));
  // The curve is of small batches, also where the run takes them all.
  return {
    fullbs: compare({ quantity: "fullbs" }, step),
    minibs: compare({ quantity: "minibs" }, step, 1),
  };
}

function powersOfTwo(most: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size <= most; size *= 2) sizes.push(size);
  return sizes;
}
