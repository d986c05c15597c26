import type { TrainingSettings } from "@eoss/sgd";
import type { RunManifest, SeenPlateau } from "../formats/manifestSchema.js";
import { changeStepsIn, sameSettings } from "./inForce.js";

/** A step from which on a run trains in another way, at once and not along a ramp. */
export interface Change {
  readonly step: number;
  readonly before: TrainingSettings;
  readonly after: TrainingSettings;
  /** The plateau that it waited for, if it did. */
  readonly plateau?: SeenPlateau | undefined;
}

/** Steps of a run, the last included. */
export interface Regime {
  readonly from: number;
  readonly to: number;
}

/**
 * The steps at which η, b, the optimizer or the noise changed at once, ascending: interventions,
 * plateaus that were waited for, and steps of a schedule. In a fork those before its first step are
 * its parent's.
 *
 * @param settingsAt what holds at each step of the run
 * @param last its last step so far
 */
export function changesIn(
  manifest: RunManifest,
  settingsAt: (step: number) => TrainingSettings,
  last: number,
): Change[] {
  return (
    changeStepsIn(manifest)
      // At the last step of a run that ended, what was to come with it never came.
      .steps.filter((step) => step > 0 && (step < last || (manifest.end === null && step === last)))
      .map((step) => ({
        step,
        before: settingsAt(step - 1),
        after: settingsAt(step),
        plateau: manifest.plateaus.find((plateau) => plateau.step === step),
      }))
      .filter(({ before, after }) => !sameSettings(before, after))
  );
}
