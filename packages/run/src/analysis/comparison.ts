import {
  type ComparedQuantity,
  type ComparedWith,
  comparedWith,
  quantities,
} from "@eoss/sharpness";
import type { RunManifest } from "../formats/manifestSchema.js";
import { type PlannedCourse, settingsIn } from "./inForce.js";
import { traitsOf } from "./traits.js";

/** A quantity as a record or a measurement names and describes it. */
export interface NamedQuantity extends ComparedQuantity {
  readonly quantity: string;
}

/** What decides about what the quantities of a run are compared with. */
export interface PlannedRun extends PlannedCourse, Pick<RunManifest, "optimizers"> {
  readonly dataset: Pick<RunManifest["dataset"], "samples">;
}

/** That part of what is known of a run, as a text: runs with the same one have the same comparisons. */
export function plannedText({
  plan,
  plateaus,
  config,
  end,
  dataset,
  optimizers,
}: PlannedRun): string {
  const planned: PlannedRun = {
    plan,
    plateaus,
    config: { steps: config.steps },
    end: end && { step: end.step },
    ...(optimizers && { optimizers }),
    dataset: { samples: dataset.samples },
  };
  return JSON.stringify(planned);
}

/**
 * What quantities of a run are compared with at a step: `comparedWith` of @eoss/sharpness for the update
 * of that step, after schedules and interventions. All that prints, draws or exports a comparison asks
 * this function. At the step where a run ended, it is the update that would have come next, without
 * interventions of that step, which never came.
 *
 * Records of older versions do not describe their quantity: it is then taken from the built-in one of
 * that name.
 *
 * @returns a function of a quantity, a step and a batch size, by default that of the step
 */
export function comparisonsOf(
  run: PlannedRun,
): (quantity: NamedQuantity, step: number, batchSize?: number) => ComparedWith {
  const settingsAt = settingsIn(run);
  return (quantity, step, b) => {
    const { optimizer, learningRate, batchSize } = settingsAt(step);
    const { name: _, ...options } = optimizer;
    return comparedWith(complete(quantity), {
      optimizer: traitsOf(run, optimizer),
      options,
      learningRate,
      batchSize: b ?? batchSize,
      samples: run.dataset.samples,
    });
  };
}

/** What a quantity is of: what its records say, else what the built-in one of its name does. */
function complete({ quantity, unit, matrix, over }: NamedQuantity): ComparedQuantity {
  const known = quantities[quantity];
  return {
    unit: unit ?? known?.unit,
    matrix: matrix ?? known?.matrix,
    over: over ?? known?.over,
  };
}
