import type { Hyperparameters } from "../optimizers/options.js";
import { checkPlan } from "./check.js";
import { batchSizeAt, type Schedule, valueAt } from "./schedule.js";

/** An optimizer with those of its options that are not to have their defaults. */
export interface OptimizerSettings extends Hyperparameters {
  readonly name: string;
}

/** What is changed in the middle of a run; what is left out stays as it is. */
export interface Intervention {
  /**
   * The first step that is made in the new way; or "plateau": where a rule of the run sees that
   * the sharpness has settled, see `resolvePlateaus`.
   */
  readonly at: number | "plateau";
  /** Replaces the schedule of η; its clock begins here. */
  readonly learningRate?: Schedule;
  /** Replaces the schedule of b; its clock begins here. */
  readonly batchSize?: Schedule;
  /** Another name begins with fresh slots, see `changeOptimizer`; the same name keeps its own. */
  readonly optimizer?: string | OptimizerSettings;
  /** The name of a variant of the gradient's noise; what the names mean is up to the run. */
  readonly noise?: string;
  /** The seed of batches and noise: those of the steps from here on of a run that had it all along. */
  readonly orderSeed?: number;
}

/** How a network is trained, as plain data. */
export interface TrainingPlan {
  /** η */
  readonly learningRate: Schedule;
  /** b */
  readonly batchSize: Schedule;
  /** Left out: sgd. */
  readonly optimizer?: string | OptimizerSettings;
  readonly noise?: string;
  readonly interventions?: readonly Intervention[];
}

/** What holds at one step. */
export interface TrainingSettings {
  readonly learningRate: number;
  readonly batchSize: number;
  readonly optimizer: OptimizerSettings;
  readonly noise: string | undefined;
  /** The seed that an intervention gave the order of the data, if one did. */
  readonly orderSeed?: number | undefined;
}

/**
 * What a plan says for a step. Each of η, b, optimizer and noise has the value that the latest
 * intervention up to the step gave it (of several at one step the last in the list), or else the
 * plan's own. Interventions that still wait for a plateau have no effect.
 *
 * @throws RangeError as `checkPlan`
 *
 * @example
 * const plan = { learningRate: 0.2, batchSize: 16, interventions: [{ at: 100, learningRate: 0.1 }] };
 * settingsAt(plan, 99).learningRate; // 0.2
 * settingsAt(plan, 100).learningRate; // 0.1
 */
export function settingsAt(plan: TrainingPlan, step: number): TrainingSettings {
  requirePlan(plan);
  const optimizer = latest(plan, "optimizer", step) ?? "sgd";
  const orderSeed = changesIn(plan, "orderSeed").findLast(({ at }) => at <= step)?.value;
  return {
    learningRate: valueAt(learningRateSchedule(plan), step),
    batchSize: batchSizeAt(batchSizeSchedule(plan), step),
    optimizer: typeof optimizer === "string" ? { name: optimizer } : optimizer,
    noise: latest(plan, "noise", step),
    ...(orderSeed !== undefined && { orderSeed }),
  };
}

/** The schedule of η with the plan's interventions in it. @throws RangeError as `checkPlan` */
export function learningRateSchedule(plan: TrainingPlan): Schedule {
  requirePlan(plan);
  return { kind: "steps", initial: plan.learningRate, changes: changesIn(plan, "learningRate") };
}

/**
 * The schedule of b with the plan's interventions in it: what `scheduledBatches` needs.
 *
 * @throws RangeError as `checkPlan`
 */
export function batchSizeSchedule(plan: TrainingPlan): Schedule {
  requirePlan(plan);
  return { kind: "steps", initial: plan.batchSize, changes: changesIn(plan, "batchSize") };
}

/**
 * The plan with the plateaus that were seen so far filled in: the first intervention at a plateau
 * gets the first step, and so on. What a checkpoint must know of a plan's progress is these steps.
 *
 * @param steps where plateaus were seen, ascending
 * @throws RangeError if there are more than interventions at a plateau, or if they do not ascend
 */
export function resolvePlateaus(plan: TrainingPlan, steps: readonly number[]): TrainingPlan {
  requirePlan(plan);
  for (const [i, step] of steps.entries()) {
    if (!(Number.isSafeInteger(step) && step >= (steps[i - 1] ?? 0))) {
      throw new RangeError(`plateaus[${i}] is ${step}; allowed: ascending integers from 0 on`);
    }
  }
  const left = [...steps];
  const interventions = plan.interventions?.map((intervention) =>
    intervention.at === "plateau" && left.length > 0
      ? { ...intervention, at: left.shift()! }
      : intervention,
  );
  if (left.length > 0) {
    const waiting = steps.length - left.length;
    throw new RangeError(`${steps.length} plateaus for ${waiting} interventions at a plateau`);
  }
  return { ...plan, interventions };
}

/** Plans that were looked at: one is asked for its settings at each step. */
const known = new WeakSet<TrainingPlan>();

function requirePlan(plan: TrainingPlan): void {
  if (!known.has(plan)) known.add(checkPlan(plan));
}

function changesIn<K extends Exclude<keyof Intervention, "at">>(
  { interventions = [] }: TrainingPlan,
  key: K,
) {
  const changes: Array<{ at: number; value: NonNullable<Intervention[K]> }> = [];
  for (const { at, [key]: value } of interventions) {
    if (at !== "plateau" && value !== undefined) changes.push({ at, value: value! });
  }
  // Of several at one step the last in the list.
  return changes.sort((a, b) => a.at - b.at).filter(({ at }, i, all) => at !== all[i + 1]?.at);
}

function latest<K extends "optimizer" | "noise">(plan: TrainingPlan, key: K, step: number) {
  return changesIn(plan, key).findLast(({ at }) => at <= step)?.value ?? plan[key];
}
