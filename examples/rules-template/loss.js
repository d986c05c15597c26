import { defineLoss } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";

/** log cosh of residuals: squared errors where they are small, absolute ones where they are large. */
export default defineLoss({
  name: "log-cosh",
  description: "logarithm of the hyperbolic cosine of residuals",

  // "probabilities" (one-hot), "classes" (told by their sign or the largest), or "numbers".
  targets: "numbers",

  // Its own options with their defaults.
  defaults: { width: 1 },
  domains: { width: { allowed: "a number above 0", fits: (value) => value > 0 } },

  // A mean over samples, summed over outputs: each sample by itself, no state, no randomness.
  loss(outputs, targets, { width }) {
    const r = tf.div(tf.sub(outputs, targets), width);
    // log cosh r = r + softplus(−2r) − log 2, and no cosh that overflows.
    const values = tf.sub(tf.add(r, tf.softplus(tf.mul(r, -2))), Math.LN2);
    return tf.mul(tf.mean(tf.sum(values, -1)), 2 * width * width);
  },
});
