import { type Dataset, oneHot } from "@eoss/data/node";
import { type LossName, losses } from "@eoss/hvp";
import type { Model, Params } from "@eoss/models";
import type { Problem } from "@eoss/sharpness";
import { tensor, tensor2d } from "@tensorflow/tfjs-core";

/** The loss of a model on a data set, for any samples and parameters. */
export function trainingLoss(
  dataset: Dataset,
  model: Model,
  loss: LossName,
): (indices: Int32Array) => (params: Params) => ReturnType<(typeof losses)[LossName]> {
  const { images, labels, inputShape, classes } = dataset;
  const pixels = inputShape.reduce((product, n) => product * n, 1);
  const targets = oneHot(labels, classes);
  const head = losses[loss];

  return (indices) => (params) => {
    const x = tensor(gatherRows(images, pixels, indices), [indices.length, ...inputShape]);
    const y = tensor2d(gatherRows(targets, classes, indices), [indices.length, classes]);
    return head(model.apply(params, x), y);
  };
}

/** The problem that `measure` takes, at given parameters. */
export function problemAt(
  params: Params,
  dataset: Dataset,
  batchSize: number,
  lossOf: Problem["lossOf"],
): Problem {
  return { params, samples: dataset.size, batchSize, lossOf };
}

function gatherRows(rows: Float32Array, width: number, indices: Int32Array): Float32Array {
  const gathered = new Float32Array(indices.length * width);
  indices.forEach((index, position) => {
    gathered.set(rows.subarray(index * width, (index + 1) * width), position * width);
  });
  return gathered;
}
