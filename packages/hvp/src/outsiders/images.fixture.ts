import * as tf from "@tensorflow/tfjs-core";
import { data, floats, type Outsider } from "./values.fixture.js";

/** Convolutional networks, of images [batch, height, width, channels] and of series. */

type Params = Record<string, tf.Tensor>;

const x = data([2, 6, 6, 1], 81) as tf.Tensor4D;
const labels = tf.oneHot(tf.tensor1d([0, 1], "int32"), 2);
const series = data([2, 6, 2], 82) as tf.Tensor3D;
const mask = floats(tf.greater(data([2, 6, 6, 1], 83), 0));
const error = (f: tf.Tensor, t: tf.Tensor) => tf.mean(tf.squaredDifference(f, t));
const classified = (f: tf.Tensor) => tf.losses.softmaxCrossEntropy(labels, f);
const flat = (a: tf.Tensor) => tf.reshape(a, [2, a.size / 2]);

type Padding = "same" | "valid";
const conv = (a: tf.Tensor, w: tf.Tensor, pad: Padding = "same", stride = 1, dilation = 1) =>
  tf.conv2d(a as tf.Tensor4D, w as tf.Tensor4D, stride, pad, "NHWC", dilation);
const depthwise = (a: tf.Tensor, w: tf.Tensor) =>
  tf.depthwiseConv2d(a as tf.Tensor4D, w as tf.Tensor4D, 1, "same");
const transposed = (a: tf.Tensor, w: tf.Tensor, shape: [number, number, number, number]) =>
  tf.conv2dTranspose(a as tf.Tensor4D, w as tf.Tensor4D, shape, 2, "same");
const maxPool = (a: tf.Tensor) => tf.maxPool(a as tf.Tensor4D, 2, 2, "valid");
const avgPool = (a: tf.Tensor) => tf.avgPool(a as tf.Tensor4D, 2, 2, "valid");
const doubled = (a: tf.Tensor) => {
  const [b, h, w, c] = a.shape as [number, number, number, number];
  return tf.reshape(tf.tile(tf.reshape(a, [b, h, 1, w, 1, c]), [1, 1, 2, 1, 2, 1]), [
    b,
    2 * h,
    2 * w,
    c,
  ]);
};
const normalised = (a: tf.Tensor, axes: number[]) => {
  const { mean, variance } = tf.moments(a, axes, true);
  return tf.mul(tf.sub(a, mean), tf.rsqrt(tf.add(variance, 1e-3)));
};

const losses: Record<string, [Outsider["shapes"], (p: Params) => tf.Tensor]> = {
  "LeNet with max pooling": [
    { w1: [3, 3, 1, 2], b1: [2], w2: [18, 2] },
    (p) => classified(tf.matMul(flat(maxPool(tf.relu(tf.add(conv(x, p.w1!), p.b1!)))), p.w2!)),
  ],
  "average pooling and tanh": [
    { w1: [3, 3, 1, 2], b1: [2], w2: [18, 2] },
    (p) => classified(tf.matMul(flat(avgPool(tf.tanh(tf.add(conv(x, p.w1!), p.b1!)))), p.w2!)),
  ],
  "global average pooling": [
    { w1: [3, 3, 1, 3], w2: [3, 2] },
    (p) => classified(tf.matMul(tf.mean(tf.elu(conv(x, p.w1!)), [1, 2]), p.w2!)),
  ],
  "strides and no padding": [
    { w1: [3, 3, 1, 2], w2: [2, 2, 2, 2] },
    (p) => {
      const a = conv(tf.tanh(conv(x, p.w1!, "valid", 2)), p.w2!, "valid");
      return classified(tf.mean(a, [1, 2]));
    },
  ],
  "dilated convolutions": [
    { w1: [2, 2, 1, 2], w2: [2, 2, 2, 2] },
    (p) =>
      classified(
        tf.mean(conv(tf.tanh(conv(x, p.w1!, "valid", 1, 2)), p.w2!, "valid", 1, 2), [1, 2]),
      ),
  ],
  "separable convolutions": [
    { w0: [1, 1, 1, 3], w1: [3, 3, 3, 1], w2: [1, 1, 3, 2] },
    (p) => {
      const a = depthwise(tf.tanh(conv(x, p.w0!)), p.w1!);
      return classified(tf.mean(conv(tf.relu6(tf.mul(4, a)), p.w2!), [1, 2]));
    },
  ],
  "tf.separableConv2d": [
    { w1: [3, 3, 1, 2], w2: [1, 1, 2, 2] },
    (p) => {
      const [deep, point] = [p.w1 as tf.Tensor4D, p.w2 as tf.Tensor4D];
      return classified(tf.mean(tf.tanh(tf.separableConv2d(x, deep, point, 1, "same")), [1, 2]));
    },
  ],
  "residual block with batch normalisation": [
    { w1: [3, 3, 1, 2], w2: [3, 3, 2, 2], gamma: [2], beta: [2] },
    (p) => {
      const a = conv(x, p.w1!);
      const b = tf.add(tf.mul(normalised(conv(tf.relu(a), p.w2!), [0, 1, 2]), p.gamma!), p.beta!);
      return classified(tf.mean(tf.relu(tf.add(a, b)), [1, 2]));
    },
  ],
  "instance normalisation": [
    { w1: [3, 3, 1, 2], w2: [2, 2] },
    (p) => {
      const a = normalised(conv(x, p.w1!), [1, 2]);
      return classified(tf.matMul(tf.mean(tf.leakyRelu(a, 0.2), [1, 2]), p.w2!));
    },
  ],
  "squeeze and excitation": [
    { w1: [3, 3, 1, 3], down: [3, 2], up: [2, 3], w2: [3, 2] },
    (p) => {
      const a = tf.tanh(conv(x, p.w1!));
      const squeezed = tf.relu(tf.matMul(tf.mean(a, [1, 2]), p.down!));
      const gates = tf.reshape(tf.sigmoid(tf.matMul(squeezed, p.up!)), [2, 1, 1, 3]);
      return classified(tf.matMul(tf.mean(tf.square(tf.mul(a, gates)), [1, 2]), p.w2!));
    },
  ],
  "dense connections": [
    { w1: [3, 3, 1, 2], w2: [3, 3, 3, 2] },
    (p) => {
      const a = tf.concat([x, tf.tanh(conv(x, p.w1!))], 3);
      return classified(tf.mean(tf.tanh(conv(a, p.w2!)), [1, 2]));
    },
  ],
  "convolutional autoencoder": [
    { w1: [3, 3, 1, 2], w2: [3, 3, 1, 2] },
    (p) => error(transposed(tf.tanh(conv(x, p.w1!, "same", 2)), p.w2!, [2, 6, 6, 1]), x),
  ],
  "U-Net with transposed convolutions": [
    { down: [3, 3, 1, 2], deep: [3, 3, 2, 2], up: [2, 2, 2, 2], out: [1, 1, 4, 1] },
    (p) => {
      const a = tf.relu(conv(x, p.down!));
      const b = tf.relu(conv(maxPool(a), p.deep!));
      const joined = tf.concat([a, transposed(b, p.up!, [2, 6, 6, 2])], 3);
      return tf.losses.sigmoidCrossEntropy(mask, conv(joined, p.out!));
    },
  ],
  "U-Net by repetition, with the dice loss": [
    { down: [3, 3, 1, 2], deep: [3, 3, 2, 2], out: [1, 1, 4, 1] },
    (p) => {
      const a = tf.elu(conv(x, p.down!));
      const b = tf.elu(conv(avgPool(a), p.deep!));
      const f = tf.sigmoid(conv(tf.concat([a, doubled(b)], 3), p.out!));
      const overlap = tf.mul(2, tf.sum(tf.mul(f, mask)));
      return tf.sub(1, tf.div(tf.add(overlap, 1), tf.add(tf.sum(tf.add(f, mask)), 1)));
    },
  ],
  "temporal convolution, causal": [
    { w1: [2, 2, 3], w2: [2, 3, 1] },
    (p) => {
      const causal = (a: tf.Tensor, w: tf.Tensor, dilation: number) =>
        tf.conv1d(
          tf.pad(a, [
            [0, 0],
            [dilation, 0],
            [0, 0],
          ]) as tf.Tensor3D,
          w as tf.Tensor3D,
          1,
          "valid",
          "NWC",
          dilation,
        );
      const f = causal(tf.tanh(causal(series, p.w1!, 1)), p.w2!, 2);
      return error(tf.squeeze(f, [2]), tf.squeeze(tf.slice(series, [0, 0, 0], [-1, -1, 1]), [2]));
    },
  ],
  "patches, as in a vision transformer": [
    { w: [9, 3], q: [3, 3], k: [3, 3], v: [3, 2] },
    (p) => {
      const cut = tf.transpose(tf.reshape(x, [2, 2, 3, 2, 3]), [0, 1, 3, 2, 4]);
      const tokens = tf.reshape(tf.matMul(tf.reshape(cut, [8, 9]), p.w!), [2, 4, 3]);
      const on = (w: tf.Tensor) =>
        tf.reshape(tf.matMul(tf.reshape(tokens, [8, 3]), w), [2, 4, w.shape[1]!]);
      const weights = tf.softmax(tf.matMul(on(p.q!), on(p.k!), false, true));
      return classified(tf.mean(tf.matMul(weights, on(p.v!)), 1));
    },
  ],
  "capsules with routing": [
    { w: [3, 4, 6], w1: [3, 3, 1, 3] },
    (p) => {
      const squash = (s: tf.Tensor) => {
        const n = tf.sum(tf.square(s), -1, true);
        return tf.mul(tf.div(tf.sqrt(tf.add(n, 1e-3)), tf.add(1, n)), s);
      };
      // 3 capsules of 4 numbers to 2 capsules of 3.
      const a = maxPool(maxPool(conv(x, p.w1!)));
      const capsules = tf.reshape(tf.tile(tf.reshape(a, [2, 3, 1]), [1, 1, 4]), [2, 3, 1, 4]);
      const votes = tf.reshape(tf.matMul(capsules, tf.expandDims(p.w!, 0)), [2, 3, 2, 3]);
      let logits: tf.Tensor = tf.zeros([2, 3, 2, 1]);
      let v: tf.Tensor = tf.zeros([2, 1, 2, 3]);
      for (let round = 0; round < 2; round++) {
        const c = tf.transpose(tf.softmax(tf.transpose(logits, [0, 1, 3, 2])), [0, 1, 3, 2]);
        v = squash(tf.sum(tf.mul(c, votes), 1, true));
        logits = tf.add(logits, tf.sum(tf.mul(votes, v), 3, true));
      }
      const lengths = tf.sqrt(tf.add(tf.sum(tf.square(tf.squeeze(v, [1])), 2), 1e-3));
      return tf.mean(tf.square(tf.relu(tf.sub(tf.mul(0.9, labels), lengths))));
    },
  ],
  "style by Gram matrices, and total variation": [
    { image: [6, 6, 1] },
    (p) => {
      const filters = data([3, 3, 1, 3], 84);
      const gram = (a: tf.Tensor) => {
        const f = tf.reshape(tf.relu(conv(a, filters)), [36, 3]);
        return tf.div(tf.matMul(f, f, true), 36);
      };
      const image = tf.expandDims(p.image!, 0);
      const right = tf.sub(
        tf.slice(image, [0, 0, 1, 0]),
        tf.slice(image, [0, 0, 0, 0], [1, 6, 5, 1]),
      );
      const style = tf.sum(tf.squaredDifference(gram(image), gram(tf.slice(x, 0, 1))));
      return tf.add(style, tf.mul(0.1, tf.sum(tf.square(right))));
    },
  ],
};

export const imageCases: Outsider[] = Object.entries(losses).map(([name, [shapes, loss]]) => ({
  name: `image: ${name}`,
  shapes,
  loss,
}));
