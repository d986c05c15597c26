/** Changes of a plan that a run never reaches, or that change nothing. */

import {
  batchSizeSchedule,
  changesOf,
  learningRateSchedule,
  type Schedule,
  settingsAt,
  type TrainingPlan,
  valueAt,
} from "@eoss/sgd";
import type { TrainConfig } from "./config.js";

type Config = Pick<TrainConfig, "steps" | "intervene" | "schedule">;

/** Why changes of `--intervene` have no effect, a text for each of them. */
export function idleChanges({ steps, intervene = [] }: Config, plan: TrainingPlan): string[] {
  const interventions = plan.interventions ?? [];
  return interventions.flatMap(({ at }, index) => {
    const text = `"${intervene[index]}"`;
    if (at === "plateau") return [];
    if (at >= steps) return [`${text} begins after the last update, that of step ${steps - 1}`];
    const without = { ...plan, interventions: interventions.filter((_, i) => i !== index) };
    if (differ(plan, without, at, steps)) return [];
    return [`${text} changes nothing: all that it sets is so already, or set anew at that step`];
  });
}

/** Why schedules have no effect, a text for each of them. */
export function idleSchedules(
  { steps, schedule = [] }: Config,
  { learningRate, batchSize }: TrainingPlan,
  samples: number,
): string[] {
  return schedule.flatMap((text) => {
    const isRate = text.trim().startsWith("lr=");
    const values = isRate ? learningRate : batchSize;
    const most = isRate ? Number.POSITIVE_INFINITY : samples;
    if (!isConstant(values, steps, most)) return lateChanges(text, values, steps);
    return [`"${text}" gives the same value at each of the ${steps} steps`];
  });
}

/** Of a schedule in steps those that the run does not reach. */
function lateChanges(text: string, values: Schedule, steps: number): string[] {
  const isList = /^\s*\w+=steps\s/.test(text);
  if (!isList || typeof values === "number" || values.kind !== "steps") return [];
  const late = values.changes.filter(({ at }) => at >= steps);
  return late.map(
    ({ at }) => `at=${at} of "${text}" comes after the last update, that of step ${steps - 1}`,
  );
}

function isConstant(schedule: Schedule, steps: number, most: number): boolean {
  const first = valueAt(schedule, 0);
  for (const step of changesOf(schedule)) {
    if (step >= steps) break;
    if (Math.min(most, valueAt(schedule, step)) !== Math.min(most, first)) return false;
  }
  return true;
}

/** Whether two plans make another update at some step from one on. */
function differ(a: TrainingPlan, b: TrainingPlan, from: number, steps: number): boolean {
  const text = (plan: TrainingPlan, step: number) => {
    const { optimizer, noise = "none", orderSeed } = settingsAt(plan, step);
    return JSON.stringify([optimizer, noise, orderSeed]);
  };
  const later = (a.interventions ?? []).flatMap(({ at }) =>
    at !== "plateau" && at > from ? [at] : [],
  );
  const turns = [from, ...later.filter((at) => at < steps)];
  if (turns.some((step) => text(a, step) !== text(b, step))) return true;
  // A change of optimizer begins with fresh slots, also where it is undone before.
  const scheduleOf = [learningRateSchedule, batchSizeSchedule];
  return scheduleOf.some((of) => schedulesDiffer(of(a), of(b), from, steps));
}

function schedulesDiffer(a: Schedule, b: Schedule, from: number, steps: number): boolean {
  for (const schedule of [a, b]) {
    for (const step of [from, ...stepsOf(schedule, from, steps)]) {
      if (valueAt(a, step) !== valueAt(b, step)) return true;
    }
  }
  return false;
}

function* stepsOf(schedule: Schedule, from: number, steps: number): Generator<number> {
  for (const step of changesOf(schedule)) {
    if (step >= steps) return;
    if (step > from) yield step;
  }
}
