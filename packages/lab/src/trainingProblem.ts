import { type Dataset, oneHot } from "@eoss/data/node";
import { type LossName, losses } from "@eoss/hvp";
import type { Model, Params } from "@eoss/models";
import type { Problem, SampleSet } from "@eoss/sharpness";
import { type Tensor, tensor, tensor2d } from "@tensorflow/tfjs-core";

/** What a problem has from its model and data alone, whatever the parameters. */
export type TrainingProblem = SampleSet & Pick<Problem, "coupled" | "head" | "heldOut">;

/**
 * The training problem of a model on a data set: losses, outputs and targets of any samples. Make it
 * once, and add parameters, batch size and what else there is at each step.
 *
 * @param heldOut samples that training never sees
 */
export function trainingProblem(
  dataset: Dataset,
  model: Model,
  loss: LossName,
  heldOut?: Dataset,
): TrainingProblem {
  return {
    ...samplesOf(dataset, model, loss),
    coupled: model.coupled,
    head: losses[loss],
    ...(heldOut && { heldOut: samplesOf(heldOut, model, loss) }),
  };
}

function samplesOf(dataset: Dataset, model: Model, loss: LossName): SampleSet {
  const head = losses[loss];
  return {
    samples: dataset.size,
    lossOf: (indices) => (params: Params) => {
      const { x, y } = batchTensors(dataset, indices);
      return head(model.apply(params, x), y);
    },
    outputsOf: (indices) => (params: Params) => model.apply(params, imagesOf(dataset, indices)),
    targetsOf: (indices) => targetsOf(dataset, indices),
  };
}

/** Images [b, ...inputShape] and one-hot labels [b, classes] of some samples. */
export function batchTensors(dataset: Dataset, indices: Int32Array): { x: Tensor; y: Tensor } {
  return { x: imagesOf(dataset, indices), y: targetsOf(dataset, indices) };
}

function imagesOf({ images, inputShape }: Dataset, indices: Int32Array): Tensor {
  const pixels = inputShape.reduce((product, n) => product * n, 1);
  const batch = new Float32Array(indices.length * pixels);
  indices.forEach((index, row) => {
    batch.set(images.subarray(index * pixels, (index + 1) * pixels), row * pixels);
  });
  return tensor(batch, [indices.length, ...inputShape]);
}

function targetsOf({ labels, classes }: Dataset, indices: Int32Array): Tensor {
  const targets = oneHot(
    indices.map((index) => labels[index]!),
    classes,
  );
  return tensor2d(targets, [indices.length, classes]);
}
