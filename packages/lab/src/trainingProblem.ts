import { type Dataset, oneHot } from "@eoss/data/node";
import { type LossName, losses } from "@eoss/hvp";
import type { Model, Params } from "@eoss/models";
import { type Tensor, tensor, tensor2d } from "@tensorflow/tfjs-core";

/** The loss of a model on a data set, for any samples and parameters. */
export function trainingLoss(
  dataset: Dataset,
  model: Model,
  loss: LossName,
): (indices: Int32Array) => (params: Params) => Tensor {
  const head = losses[loss];
  return (indices) => (params) => {
    const { x, y } = batchTensors(dataset, indices);
    return head(model.apply(params, x), y);
  };
}

/** Images [b, ...inputShape] and one-hot labels [b, classes] of some samples. */
export function batchTensors(dataset: Dataset, indices: Int32Array): { x: Tensor; y: Tensor } {
  const { images, labels, inputShape, classes } = dataset;
  const pixels = inputShape.reduce((product, n) => product * n, 1);
  const batch = new Float32Array(indices.length * pixels);
  indices.forEach((index, row) => {
    batch.set(images.subarray(index * pixels, (index + 1) * pixels), row * pixels);
  });
  const targets = oneHot(
    indices.map((index) => labels[index]!),
    classes,
  );
  return {
    x: tensor(batch, [indices.length, ...inputShape]),
    y: tensor2d(targets, [indices.length, classes]),
  };
}
