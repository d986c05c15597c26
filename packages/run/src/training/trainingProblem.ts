import { type Augmentation, augmented, type Dataset, oneHot } from "@eoss/data";
import type { LossHead, SampleSet } from "@eoss/hvp";
import type { Model, Params } from "@eoss/models";
import type { RandomStream } from "@eoss/rng";
import type { TfjsProblem } from "@eoss/sharpness";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { ConfigError } from "../settings/configError.js";
import { lossSetting } from "../settings/lossSetting.js";
import type { Plugins } from "./plugins.js";

/** What a problem has from its model and data alone, whatever the parameters. */
export type TrainingProblem = SampleSet & Pick<TfjsProblem, "coupled" | "head" | "heldOut">;

/**
 * The training problem of a model on a data set: losses, outputs and targets of any samples. Make it
 * once, and add parameters, batch size and what else there is at each step.
 *
 * @param loss its name with options, as in settings
 * @param heldOut samples that training never sees
 * @param losses those of users
 */
export function trainingProblem(
  dataset: Dataset,
  model: Model,
  loss: string,
  heldOut?: Dataset,
  losses?: Plugins["losses"],
): TrainingProblem {
  const { head } = lossSetting(loss, losses);
  return {
    ...samplesOf(dataset, model, head),
    coupled: model.coupled,
    head,
    ...(heldOut && { heldOut: samplesOf(heldOut, model, head) }),
  };
}

/**
 * The same problem for the update of one step, whose samples are augmented.
 *
 * @param random that of the step
 */
export function augmentedProblem(
  problem: TrainingProblem,
  dataset: Dataset,
  model: Model,
  augmentation: Augmentation,
  random: RandomStream,
): TrainingProblem {
  const rows: Rows = (indices) => [
    augmented(dataset, augmentation, random, indices),
    Int32Array.from(indices, (_, row) => row),
  ];
  return { ...problem, ...samplesOf(dataset, model, problem.head as LossHead, rows) };
}

/** Where samples are: a data set, and their indices in it. */
type Rows = (indices: Int32Array) => readonly [Dataset, Int32Array];

function samplesOf(
  dataset: Dataset,
  model: Model,
  head: LossHead,
  rows: Rows = (indices) => [dataset, indices],
): SampleSet {
  return {
    samples: dataset.samples,
    lossOf: (indices) => (params: Params) => {
      const { x, y } = batchTensors(...rows(indices));
      const outputs = model.apply(params, x);
      checkShapes(outputs, y, dataset, model);
      return head(outputs, y);
    },
    outputsOf: (indices) => (params: Params) => model.apply(params, imagesOf(...rows(indices))),
    targetsOf: (indices) => targetsOf(...rows(indices)),
  };
}

/** Shapes that differ might still be broadcast, to a wrong loss. */
function checkShapes(outputs: Tensor, targets: Tensor, { name }: Dataset, model: Model): void {
  if (outputs.shape.join() === targets.shape.join()) return;
  throw new ConfigError(
    `${model.name} has outputs [${outputs.shape}], but ${name} has targets [${targets.shape}]; for a ` +
      'sequence use --model transformer --model-options "role: decoder"',
  );
}

/**
 * Inputs [b, ...inputShape] of samples, and their targets: one-hot labels [b, classes] or
 * [b, positions, classes], or numbers [b, outputs].
 */
export function batchTensors(dataset: Dataset, indices: Int32Array): { x: Tensor; y: Tensor } {
  return { x: imagesOf(dataset, indices), y: targetsOf(dataset, indices) };
}

function imagesOf({ images, inputShape }: Dataset, indices: Int32Array): Tensor {
  const pixels = inputShape.reduce((product, n) => product * n, 1);
  return tensor(rowsOf(images, pixels, indices), [indices.length, ...inputShape]);
}

function targetsOf({ labels, classes, positions, targets }: Dataset, indices: Int32Array): Tensor {
  if (targets) {
    const { values, outputs } = targets;
    return tensor(rowsOf(values, outputs, indices), [indices.length, outputs]);
  }
  const each = positions ?? 1;
  const wanted = Array.from(indices, (index) => labels.subarray(index * each, (index + 1) * each));
  const hot = oneHot(
    wanted.flatMap((own) => [...own]),
    classes,
  );
  const rows = positions === undefined ? [indices.length] : [indices.length, positions];
  return tensor(hot, [...rows, classes]);
}

/** The numbers of some samples, `each` for one. */
function rowsOf(values: Float32Array, each: number, indices: Int32Array): Float32Array {
  const rows = new Float32Array(indices.length * each);
  indices.forEach((index, row) => {
    rows.set(values.subarray(index * each, (index + 1) * each), row * each);
  });
  return rows;
}
