import type { Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Network } from "./tinyNetworks.js";

/** The convolutional networks of the large reference files, written out in tfjs ops. */
const conv = (p: Params, name: string, x: tf.Tensor, stride: number, padding: 0 | 1) =>
  tf.conv2d(x as tf.Tensor4D, p[`${name}.kernel`] as tf.Tensor4D, stride, padding);

const biased = (p: Params, name: string, x: tf.Tensor) => tf.add(x, p[`${name}.bias`]!);

const dense = (p: Params, name: string, x: tf.Tensor) =>
  biased(p, name, tf.matMul(x as tf.Tensor2D, p[`${name}.kernel`] as tf.Tensor2D));

const pool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid");

export const cnn: Network = (p, x) => {
  const first = tf.relu(biased(p, "conv1", conv(p, "conv1", x, 1, 0)));
  const second = pool(tf.relu(biased(p, "conv2", conv(p, "conv2", first, 1, 0))));
  const third = pool(tf.relu(biased(p, "conv3", conv(p, "conv3", second, 1, 0))));
  const features = tf.reshape(third, [x.shape[0]!, 4608]);
  return dense(p, "dense2", tf.relu(dense(p, "dense1", features)));
};

/** The shortcut takes every second row and column and appends zero channels after the real ones. */
function shortcut(x: tf.Tensor, channels: number): tf.Tensor {
  const every = tf.stridedSlice(x, [0, 0, 0, 0], x.shape, [1, 2, 2, 1]);
  return tf.pad(every, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, channels - x.shape[3]!],
  ]);
}

export const resnet10: Network = (p, x) => {
  const block = (name: string, input: tf.Tensor, stride: number) => {
    const hidden = tf.relu(conv(p, `${name}.conv1`, input, stride, 1));
    const output = conv(p, `${name}.conv2`, hidden, 1, 1);
    return tf.relu(tf.add(output, stride === 1 ? input : shortcut(input, output.shape[3]!)));
  };
  let h: tf.Tensor = tf.relu(conv(p, "stem", x, 1, 1));
  for (const [stage, stride] of [1, 2, 2].entries()) {
    h = block(`stage${stage + 1}.block1`, h, stride);
    h = block(`stage${stage + 1}.block2`, h, 1);
  }
  return dense(p, "head", tf.mean(h, [1, 2]));
};
