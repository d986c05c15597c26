import * as tf from "@tensorflow/tfjs-core";

/** Smooth, fixed numbers: timings do not depend on values. */
function numbers(shape, scale) {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Float32Array.from({ length: size }, (_, i) => scale * Math.sin(12.9898 * i + 1));
  return tf.tensor(values, shape);
}

function parametersOf(shapes) {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const fanIn = shape.slice(0, -1).reduce((product, n) => product * n, 1);
      return [name, numbers(shape, Math.sqrt(2 / fanIn))];
    }),
  );
}

const dense = (p, name, x) => tf.add(tf.matMul(x, p[`${name}Kernel`]), p[`${name}Bias`]);

/** flatten; 3072-512-512-10, relu. */
export const mlp = {
  name: "mlp",
  parameters: () =>
    parametersOf({
      dense1Kernel: [3072, 512],
      dense1Bias: [512],
      dense2Kernel: [512, 512],
      dense2Bias: [512],
      dense3Kernel: [512, 10],
      dense3Bias: [10],
    }),
  inputs: (b) => numbers([b, 3072], 1),
  apply: (p, x) => dense(p, "dense3", tf.relu(dense(p, "dense2", tf.relu(dense(p, "dense1", x))))),
  /**
   * Least number of operations of one Hessian product of one sample: every layer's product occurs
   * six times, twice each forwards, towards its inputs and towards its weights; the first layer's
   * twice, for its inputs do not depend on the parameters.
   */
  operations: 2 * (2 * 3072 * 512 + 6 * 512 * 512 + 6 * 512 * 10),
};

const conv = (p, name, x) =>
  tf.relu(tf.add(tf.conv2d(x, p[`${name}Kernel`], 1, "valid"), p[`${name}Bias`]));

/** The five-layer network of the paper on 32×32×3. */
export const cnn = {
  name: "cnn",
  parameters: () =>
    parametersOf({
      conv1Kernel: [3, 3, 3, 64],
      conv1Bias: [64],
      conv2Kernel: [3, 3, 64, 64],
      conv2Bias: [64],
      conv3Kernel: [3, 3, 64, 128],
      conv3Bias: [128],
      dense1Kernel: [4608, 512],
      dense1Bias: [512],
      dense2Kernel: [512, 10],
      dense2Bias: [10],
    }),
  inputs: (b) => numbers([b, 32, 32, 3], 1),
  apply(p, x) {
    const pooled = tf.maxPool(conv(p, "conv2", conv(p, "conv1", x)), 2, 2, "valid");
    const features = tf.maxPool(conv(p, "conv3", pooled), 2, 2, "valid");
    const flat = tf.reshape(features, [x.shape[0], 4608]);
    return dense(p, "dense2", tf.relu(dense(p, "dense1", flat)));
  },
  operations:
    2 *
    (2 * 900 * 27 * 64 + 6 * 784 * 576 * 64 + 6 * 144 * 576 * 128 + 6 * 4608 * 512 + 6 * 512 * 10),
};

export const targets = (b) => numbers([b, 10], 1);
