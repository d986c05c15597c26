import { type Dataset, oneHot } from "@eoss/data/node";
import { type LossName, losses } from "@eoss/hvp";
import type { Model, Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";

/** The mean loss of some records of a data set. */
export function recordLoss(dataset: Dataset, model: Model, loss: LossName) {
  const pixels = dataset.inputShape.reduce((product, size) => product * size, 1);
  return (records: Int32Array) => (params: Params) => {
    const images = new Float32Array(records.length * pixels);
    records.forEach((record, row) => {
      const start = record * pixels;
      images.set(dataset.images.subarray(start, start + pixels), row * pixels);
    });
    const labels = Uint8Array.from(records, (record) => dataset.labels[record]!);
    const x = tf.tensor(images, [records.length, ...dataset.inputShape]);
    const y = tf.tensor(oneHot(labels, dataset.classes), [records.length, dataset.classes]);
    return losses[loss](model.apply(params, x), y);
  };
}
