// Jest runs it twice: as ESM, and with @eoss made CommonJS by Babel.
import { linearize } from "@eoss/hvp";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

test("Hv of Σ w³ at [1, 2]", () => {
  const { hvp } = linearize(({ w }) => tf.sum(tf.pow(w, 3)), { w: tf.tensor1d([1, 2]) });
  const product = Array.from(hvp({ w: tf.ones([2]) }).w.dataSync(), Math.round);
  expect(product).toEqual([6, 12]);
});
