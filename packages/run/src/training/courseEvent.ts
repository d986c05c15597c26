import type { TrainingSettings } from "@eoss/sgd";
import type { RunManifest, SeenPlateau } from "../formats/manifestSchema.js";
import type { MetricRecord } from "../formats/recordSchema.js";
import type { ComparedMeasurement } from "./progress.js";

/** How a run ended. */
export type RunEnd = NonNullable<RunManifest["end"]>;

/**
 * What happens in a run. At one step, events come in the order in which they stand here.
 *
 * @experimental
 */
export type CourseEvent =
  /** Nothing was done at the step yet: the state that a checkpoint holds. */
  | { readonly kind: "reached"; readonly step: number }
  | { readonly kind: "measuring"; readonly step: number }
  /** One quantity, as soon as it is done. */
  | { readonly kind: "measured"; readonly record: MetricRecord }
  /** The network has one output for every sample; said once. */
  | { readonly kind: "collapsed"; readonly step: number }
  /** The next intervention that waited for a plateau takes effect at this step. */
  | { readonly kind: "plateau"; readonly plateau: SeenPlateau }
  /** All that was to be measured at the step, beside what it is compared with in the step's update. */
  | {
      readonly kind: "measured-all";
      readonly step: number;
      readonly measured: readonly ComparedMeasurement[];
    }
  /** An intervention takes effect: what holds from this step's update on. */
  | { readonly kind: "changed"; readonly step: number; readonly settings: TrainingSettings }
  /** The update of the step was made; `loss` is that of its batch before it. */
  | { readonly kind: "stepped"; readonly record: MetricRecord; readonly loss: number }
  /** The last one. */
  | { readonly kind: "ended"; readonly end: RunEnd };
