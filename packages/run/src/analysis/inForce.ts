import {
  batchSizeSchedule,
  learningRateSchedule,
  resolvePlateaus,
  type Schedule,
  settingsAt,
  type TrainingPlan,
  type TrainingSettings,
} from "@eoss/sgd";
import type { RunManifest } from "../formats/manifestSchema.js";

/** What decides about the settings of every step of a run. */
export interface PlannedCourse extends Pick<RunManifest, "plan" | "plateaus"> {
  readonly config: { readonly steps?: unknown };
  readonly end: { readonly step: number } | null;
}

/**
 * The plan of a run with the plateaus seen so far in it, and without the interventions of the step at
 * which it ended or is to end: no update was made with them.
 */
function planInForce({ plan, plateaus, config, end }: PlannedCourse): TrainingPlan {
  const seen = plateaus.map(({ step }) => step);
  const { interventions, ...rest } = resolvePlateaus(plan, seen);
  const last = lastStepOf({ config, end });
  return {
    ...rest,
    ...(interventions && {
      interventions: interventions.filter(({ at }) => at === "plateau" || at < last),
    }),
  };
}

/** Where a run ended or, while it goes on, is to end. */
function lastStepOf({ config: { steps }, end }: Pick<PlannedCourse, "config" | "end">): number {
  return end?.step ?? (typeof steps === "number" ? steps : Number.POSITIVE_INFINITY);
}

/** What holds at each step of a run. */
export function settingsIn(course: PlannedCourse): (step: number) => TrainingSettings {
  const plan = planInForce(course);
  return (step) => settingsAt(plan, step);
}

/**
 * The steps, ascending, at which a plan goes over to something else at once: interventions and jumps of
 * schedules. With a ramp, η or b move at other steps too.
 */
export function changeStepsIn(course: PlannedCourse): {
  readonly steps: readonly number[];
  readonly ramps: boolean;
} {
  const plan = planInForce(course);
  const schedules = [learningRateSchedule(plan), batchSizeSchedule(plan)];
  const steps = new Set([
    ...schedules.flatMap(jumpsOf),
    ...(plan.interventions ?? []).flatMap(({ at }) => (at === "plateau" ? [] : [at])),
  ]);
  return { steps: [...steps].sort((a, b) => a - b), ramps: schedules.some(hasRamp) };
}

/** Whether two steps are made with the same settings; no noise is also written "none". */
export function sameSettings(a: TrainingSettings, b: TrainingSettings): boolean {
  const text = ({ noise = "none", ...rest }: TrainingSettings) => JSON.stringify([noise, rest]);
  return text(a) === text(b);
}

/** Where a schedule goes from one of its parts to the next without a ramp between them. */
function jumpsOf(schedule: Schedule): number[] {
  if (typeof schedule === "number") return [];
  if (schedule.kind === "warm-up") {
    return jumpsOf(schedule.after).map((step) => schedule.steps + step);
  }
  if (schedule.kind !== "steps") return [];
  const parts = [{ at: 0, value: schedule.initial }, ...schedule.changes];
  return parts.flatMap(({ at, value }, i) => {
    const end = parts[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    return [at, ...jumpsOf(value).map((step) => at + step)].filter((step) => step < end);
  });
}

function hasRamp(schedule: Schedule): boolean {
  if (typeof schedule === "number" || schedule.kind === "constant") return false;
  if (schedule.kind === "table") return schedule.values.length > 1;
  if (schedule.kind !== "steps") return true;
  return [schedule.initial, ...schedule.changes.map(({ value }) => value)].some(hasRamp);
}
