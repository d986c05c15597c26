// A user's program, which runs in Node and in every bundle: Σ w³ at w = [1, 2], and what is refused.
import * as data from "@eoss/data";
import * as eigen from "@eoss/eigen";
import { disposeTree, linearize, verify } from "@eoss/hvp";
import { checkRule, sample } from "@eoss/hvp/testing";
import * as models from "@eoss/models";
import * as noise from "@eoss/noise";
import * as rng from "@eoss/rng";
import * as lab from "@eoss/run";
import * as sgd from "@eoss/sgd";
import * as sharpness from "@eoss/sharpness";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";

const packages = { data, eigen, lab, models, noise, rng, sgd, sharpness };
for (const [name, entries] of Object.entries(packages)) {
  const missing = Object.keys(entries).filter((key) => entries[key] === undefined);
  if (Object.keys(entries).length === 0 || missing.length > 0) {
    throw new Error(`@eoss/${name} is not whole: ${missing}`);
  }
}

const params = { w: tf.tensor1d([1, 2]) };
const loss = ({ w }) => tf.sum(tf.pow(w, 3));
const linearization = linearize(loss, params);
const product = linearization.hvp({ w: tf.ones([2]) });
expectEqual("gradient", linearization.gradient.w, [3, 12]);
expectEqual("Hv", product.w, [6, 12]);
disposeTree(product);
linearization.dispose();

const { verdict } = verify(loss, params);
if (verdict !== "agrees") throw new Error(`verify: ${verdict}`);
checkRule({ name: "tanh", f: ({ x }) => tf.tanh(x), inputs: { x: sample([2, 3]) } });

let refusal;
try {
  const counted = tf.tensor1d([0, 1], "int32");
  linearize(({ w }) => tf.sum(tf.bincount(counted, w, 2)), params);
} catch (error) {
  refusal = error;
}
if (refusal?.name !== "UnverifiedOpError" || !refusal.message.includes("Bincount")) {
  throw new Error(`Bincount was not refused by name: ${refusal}`);
}

console.log(`right on ${tf.getBackend()}`);

function expectEqual(what, tensor, expected) {
  const values = Array.from(tensor.dataSync());
  const right = values.every((value, index) => Math.abs(value - expected[index]) < 1e-5);
  if (!right) throw new Error(`${what} is [${values}], not [${expected}]`);
}
