import type { Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";

/** A network of the reference files, written out in tfjs ops. */
export type Network = (params: Params, x: tf.Tensor) => tf.Tensor;

const dense = (params: Params, name: string, x: tf.Tensor): tf.Tensor =>
  tf.add(
    tf.matMul(x as tf.Tensor2D, params[`${name}.kernel`] as tf.Tensor2D),
    params[`${name}.bias`]!,
  );

const mlp =
  (activation: (x: tf.Tensor) => tf.Tensor): Network =>
  (p, x) =>
    dense(p, "dense3", activation(dense(p, "dense2", activation(dense(p, "dense1", x)))));

/** Padding 1 is one row and column of zeros on each side, whatever the stride. */
function conv(params: Params, name: string, x: tf.Tensor, stride: number, padding: 0 | 1) {
  const kernel = params[`${name}.kernel`] as tf.Tensor4D;
  return tf.conv2d(x as tf.Tensor4D, kernel, stride, padding);
}

const tinyCnn: Network = (p, x) => {
  const first = tf.relu(tf.add(conv(p, "conv1", x, 1, 0), p["conv1.bias"]!));
  const pooled = tf.maxPool(first as tf.Tensor4D, 2, 2, "valid");
  const second = tf.relu(tf.add(conv(p, "conv2", pooled, 1, 1), p["conv2.bias"]!));
  const mean = tf.avgPool(second as tf.Tensor4D, 3, 3, "valid");
  return dense(p, "dense", tf.reshape(mean, [x.shape[0]!, 5]));
};

/** Widths 4 and 8, one block a stage; the zero channels of the shortcut around the real ones. */
const tinyResnet: Network = (p, x) => {
  const stem = tf.relu(conv(p, "stem", x, 1, 1));
  const block = (name: string, input: tf.Tensor, stride: number, shortcut: tf.Tensor) => {
    const hidden = tf.relu(conv(p, `${name}.conv1`, input, stride, 1));
    return tf.relu(tf.add(conv(p, `${name}.conv2`, hidden, 1, 1), shortcut));
  };
  const first = block("stage1.block1", stem, 1, stem);
  const every = tf.stridedSlice(first, [0, 0, 0, 0], first.shape, [1, 2, 2, 1]);
  const shortcut = tf.pad(every, [
    [0, 0],
    [0, 0],
    [0, 0],
    [2, 2],
  ]);
  const second = block("stage2.block1", first, 2, shortcut);
  return dense(p, "head", tf.mean(second, [1, 2]));
};

function layerNorm(params: Params, name: string, x: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5)));
  return tf.add(tf.mul(normal, params[`${name}.gamma`]!), params[`${name}.beta`]!);
}

const attention =
  (heads: number): Network =>
  (p, x) => {
    const [b, time, features] = x.shape as [number, number, number];
    const size = features / heads;
    const rows = (t: tf.Tensor) => tf.reshape(t, [b * time, t.shape.at(-1)!]);
    const each = (name: string, t: tf.Tensor) =>
      tf.reshape(dense(p, name, rows(t)), [b, time, p[`${name}.bias`]!.size]);
    const split = (t: tf.Tensor) =>
      tf.transpose(tf.reshape(t, [b, time, heads, size]), [0, 2, 1, 3]);
    const normed = layerNorm(p, "ln1", x);
    const [q, k, v] = ["q", "k", "v"].map((name) => split(each(name, normed)));
    const scores = tf.mul(tf.matMul(q!, k!, false, true), 1 / Math.sqrt(size));
    const mixed = tf.matMul(tf.softmax(scores), v!);
    const merged = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [b, time, features]);
    const h = tf.add(x, each("o", merged));
    const out = tf.add(h, each("mlp2", tf.tanh(each("mlp1", layerNorm(p, "ln2", h)))));
    return dense(p, "head", tf.mean(out, 1));
  };

/** By the field `model` of the reference files. */
export const tinyNetworks: Readonly<Record<string, Network>> = {
  tiny_mlp_relu: mlp(tf.relu),
  tiny_mlp_tanh: mlp(tf.tanh),
  tiny_cnn: tinyCnn,
  tiny_resnet: tinyResnet,
  tiny_attention_h1: attention(1),
  tiny_attention_h2: attention(2),
};

/** The reference files of multi-layer perceptrons: small enough for whole spectra on any backend. */
export const tinyMlpFiles = [
  "tiny_mlp_relu_mse",
  "tiny_mlp_relu_ce",
  "tiny_mlp_tanh_mse",
  "tiny_mlp_tanh_ce",
] as const;

/** The reference files of all these networks. */
export const tinyFiles = [
  ...tinyMlpFiles,
  "tiny_cnn_mse",
  "tiny_cnn_ce",
  "tiny_resnet_mse",
  "tiny_attention_h1_mse",
  "tiny_attention_h2_mse",
] as const;
