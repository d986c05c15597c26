import { losses, unflatten } from "@eoss/hvp";
import type { Params } from "@eoss/models";
import type { TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import type { golden } from "./shared.js";
import { tinyNetworks } from "./tinyNetworks.js";

/** A tiny reference as a problem; some of its 16 samples may stand for all. */
export function tinyProblem(
  file: ReturnType<typeof golden>,
  batchSize: number,
  among: readonly number[] = Array.from({ length: 16 }, (_, index) => index),
): TfjsProblem & { readonly params: Params } {
  const network = tinyNetworks[file.model as string]!;
  const head = losses[file.loss as "mse" | "ce"];
  const pixels = file.inputs.length / 16;
  const like: Params = {};
  for (const { name, shape } of file.tensors) like[name] = tf.zeros(shape);
  const params = unflatten<Params>(file.params, like);
  tf.dispose(like);
  const rows = (indices: Int32Array) => Array.from(indices, (index) => among[index]!);
  const outputsOf = (indices: Int32Array) => (p: Params) => {
    const values = rows(indices).flatMap((row) =>
      file.inputs.slice(row * pixels, (row + 1) * pixels),
    );
    return network(p, tf.tensor(values, [indices.length, ...file.inputShape], "float32"));
  };
  const targetsOf = (indices: Int32Array) =>
    tf.tidy(() => {
      const labels = rows(indices).map((row) => file.labels[row]);
      return tf.cast(tf.oneHot(tf.tensor1d(labels, "int32"), file.classes), "float32");
    });
  return {
    params,
    samples: among.length,
    batchSize,
    head,
    outputsOf,
    targetsOf,
    lossOf: (indices) => (p: Params) => head(outputsOf(indices)(p), targetsOf(indices)),
  };
}
