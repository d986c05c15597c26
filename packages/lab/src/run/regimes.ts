import {
  batchSizeSchedule,
  learningRateSchedule,
  resolvePlateaus,
  type Schedule,
  settingsAt,
  type TrainingPlan,
  type TrainingSettings,
} from "@eoss/sgd";
import { thresholdOf } from "../plan.js";
import type { SeenPlateau } from "./format.js";
import type { Run } from "./read.js";

/** A step from which on a run trains in another way, at once and not along a ramp. */
export interface Change {
  readonly step: number;
  readonly before: TrainingSettings;
  readonly after: TrainingSettings;
  /** The plateau that it waited for, if it did. */
  readonly plateau?: SeenPlateau | undefined;
}

/** The first step of a run: that of the fork, or 0. */
export function firstStep({ manifest }: Run): number {
  return manifest.parent?.step ?? 0;
}

/** The last step of a run, also of one that never came to its end. */
export function lastStep(run: Run): number {
  const end = run.manifest.end?.step ?? firstStep(run);
  return run.records.reduce((last, { step }) => Math.max(last, step), end);
}

/** What holds at each step of a run. */
export function settingsOf(run: Run): (step: number) => TrainingSettings {
  const plan = planInForce(run);
  return (step) => settingsAt(plan, step);
}

/**
 * What a sharpness of a run is compared with at each step: 2/η for plain SGD. Infinite where η is 0,
 * and NaN where the optimizer has a preconditioner P: its threshold is one of λmax(P^(−½) H P^(−½)),
 * and says nothing of H. A sharpness that is preconditioned itself compares at every step.
 *
 * @param quantity its name; default: a sharpness of H
 */
export function thresholdsOf(run: Run, quantity?: string): (step: number) => number {
  const plan = planInForce(run);
  const asFelt = quantity !== undefined && OF_PRECONDITIONED.has(quantity);
  return (step) =>
    hasPreconditioner(settingsAt(plan, step)) && !asFelt ? Number.NaN : thresholdOf(plan, step);
}

const PRECONDITIONED: ReadonlySet<string> = new Set(["rmsprop", "adam", "adamw"]);

/** Whether the optimizer feels the curvature of its preconditioned loss, and not that of H itself. */
export function hasPreconditioner({ optimizer }: Pick<TrainingSettings, "optimizer">): boolean {
  return PRECONDITIONED.has(optimizer.name);
}

/** Sharpnesses of P^(−½) H P^(−½). */
const OF_PRECONDITIONED: ReadonlySet<string> = new Set([
  "preconditioned-sharpness",
  "batch-preconditioned-sharpness",
]);

/**
 * The steps at which η, b, the optimizer or the noise changed at once, ascending: interventions,
 * plateaus that were waited for, and steps of a schedule. In a fork those before its first step are
 * its parent's.
 */
export function changesOf(run: Run): Change[] {
  const plan = planInForce(run);
  const steps = new Set([
    ...jumpsOf(learningRateSchedule(plan)),
    ...jumpsOf(batchSizeSchedule(plan)),
    ...(plan.interventions ?? []).flatMap(({ at }) => (at === "plateau" ? [] : [at])),
  ]);
  const last = lastStep(run);
  return [...steps]
    .filter((step) => step > 0 && step < last)
    .sort((a, b) => a - b)
    .map((step) => ({
      step,
      before: settingsAt(plan, step - 1),
      after: settingsAt(plan, step),
      plateau: run.manifest.plateaus.find((plateau) => plateau.step === step),
    }))
    .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
}

/** The steps of a run since its last change. */
export function lastRegime(run: Run): { readonly from: number; readonly to: number } {
  const changed = changesOf(run).at(-1)?.step ?? 0;
  return { from: Math.max(firstStep(run), changed), to: lastStep(run) };
}

/** The plan of a run without what was to come at its last step or later, and so never did. */
function planInForce(run: Run): TrainingPlan {
  const { plan, plateaus } = run.manifest;
  const seen = plateaus.map(({ step }) => step);
  const { interventions, ...rest } = resolvePlateaus(plan, seen);
  const last = lastStep(run);
  return {
    ...rest,
    ...(interventions && {
      interventions: interventions.filter(({ at }) => at === "plateau" || at < last),
    }),
  };
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
