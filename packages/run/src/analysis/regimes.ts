import type { TrainingSettings } from "@eoss/sgd";
import type { ComparedWith } from "@eoss/sharpness";
import type { SeenPlateau } from "../formats/format.js";
import type { Run } from "../formats/parse.js";
import { comparisonsOf } from "./comparison.js";
import { changeStepsIn, settingsIn } from "./inForce.js";
import { describedIn } from "./unit.js";

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
  return settingsIn(run.manifest);
}

/** What a quantity of a run is compared with at each step. */
export function comparedIn(run: Run, quantity: string): (step: number) => ComparedWith {
  const compare = comparisonsOf(run.manifest);
  const named = { quantity, ...describedIn(quantity, run) };
  return (step) => compare(named, step);
}

/**
 * The steps at which η, b, the optimizer or the noise changed at once, ascending: interventions,
 * plateaus that were waited for, and steps of a schedule. In a fork those before its first step are
 * its parent's.
 */
export function changesOf(run: Run): Change[] {
  const settings = settingsOf(run);
  const { steps } = changeStepsIn(run.manifest);
  const last = lastStep(run);
  return (
    [...steps]
      // At the last step of a run that ended, what was to come with it never came.
      .filter((step) => step > 0 && (step < last || (run.manifest.end === null && step === last)))
      .map((step) => ({
        step,
        before: settings(step - 1),
        after: settings(step),
        plateau: run.manifest.plateaus.find((plateau) => plateau.step === step),
      }))
      .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
  );
}

/** The steps of a run since its last change. */
export function lastRegime(run: Run): { readonly from: number; readonly to: number } {
  const changed = changesOf(run).at(-1)?.step ?? 0;
  return { from: Math.max(firstStep(run), changed), to: lastStep(run) };
}
