import { checkStep } from "../samplers/sampler.js";
import { requireSchedule } from "./checkSchedule.js";

/**
 * A number that depends on the step, as plain data that goes into a config file: the learning rate η
 * or the batch size b. A bare number is a constant.
 *
 * Composition: wherever a schedule stands inside another (`initial`, `value`, `after`), it has its own
 * clock, which shows 0 at the step where it begins.
 */
export type Schedule =
  | number
  | ConstantSchedule
  | StepsSchedule
  | RampSchedule
  | WarmUpSchedule
  | TableSchedule;

export interface ConstantSchedule {
  readonly kind: "constant";
  readonly value: number;
}

/** `initial` until the first change; from the step `at` on, the value of that change. */
export interface StepsSchedule {
  readonly kind: "steps";
  readonly initial: Schedule;
  /** In order of `at`. */
  readonly changes: ReadonlyArray<{ readonly at: number; readonly value: Schedule }>;
}

/**
 * From `from` at step 0 to `to` at step T = `steps`, and `to` ever after; at step t < T
 *
 *   linear   from + (to − from)·t/T
 *   cosine   from + (to − from)·(1 − cos(πt/T))/2
 *
 * @see Loshchilov & Hutter (2017), SGDR, for the cosine (without restarts)
 */
export interface RampSchedule {
  readonly kind: "linear" | "cosine";
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

/** Linear from `from` at step 0 to the first value of `after` at step `steps`, where `after` begins. */
export interface WarmUpSchedule {
  readonly kind: "warm-up";
  readonly from: number;
  readonly steps: number;
  readonly after: Schedule;
}

/** The value at each step from 0 on; the last one stays. What a schedule of a user becomes. */
export interface TableSchedule {
  readonly kind: "table";
  readonly values: readonly number[];
}

/**
 * The value of a schedule at a step.
 *
 * The cosine is that of the JavaScript engine: other engines may differ in the last bit.
 *
 * @param step updates made before, from 0 on
 * @throws RangeError naming what is wrong in the schedule, or a step that is none
 */
export function valueAt(schedule: Schedule, step: number): number {
  requireSchedule(schedule);
  checkStep(step);
  return at(schedule, step);
}

function at(schedule: Schedule, step: number): number {
  if (typeof schedule === "number") return schedule;
  switch (schedule.kind) {
    case "constant":
      return schedule.value;
    case "steps": {
      const change = schedule.changes.findLast((one) => one.at <= step);
      return change ? at(change.value, step - change.at) : at(schedule.initial, step);
    }
    case "linear":
    case "cosine":
      return rampAt(schedule, step);
    case "table":
      return schedule.values[Math.min(step, schedule.values.length - 1)]!;
    case "warm-up": {
      const { from, steps, after } = schedule;
      if (step >= steps) return at(after, step - steps);
      return rampAt({ kind: "linear", from, to: at(after, 0), steps }, step);
    }
  }
}

/** The batch size at a step: the schedule's value, rounded to an integer. */
export function batchSizeAt(schedule: Schedule, step: number): number {
  return Math.round(valueAt(schedule, step));
}

function rampAt({ kind, from, to, steps }: RampSchedule, step: number): number {
  if (step >= steps) return to;
  const passed = step / steps;
  const share = kind === "linear" ? passed : (1 - Math.cos(Math.PI * passed)) / 2;
  return from + (to - from) * share;
}
