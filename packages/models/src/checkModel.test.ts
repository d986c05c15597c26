import { type Architecture, defineModel, type Model, mlp } from "@eoss/models";
import { checkModel } from "@eoss/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { z } from "zod";
import "../test/backend.js";

const task = { inputShape: [4], classes: 3 };
const inputs = () =>
  tf.tensor(
    Float32Array.from({ length: 48 * 4 }, (_, i) => Math.sin(7 * i)),
    [48, 4],
  );

/** A small perceptron with something changed. */
function changed(change: (right: Architecture) => Partial<Architecture> = () => ({})): Model {
  const kind = defineModel({
    name: "changed",
    description: "a perceptron with a fault",
    options: z.object({}),
    build(task) {
      const right = mlp.build(task, { width: [5], activation: "tanh" });
      return { parameters: right.parameters, apply: right.apply, ...change(right) };
    },
  });
  return kind.build(task);
}

const wrapped = (apply: (right: Architecture) => Architecture["apply"]) =>
  changed((right) => ({ apply: apply(right) }));

let calls = 0;
const average = { value: 0 };
const spare = { name: "spare", shape: [3], role: "kernel", fanIn: 3 } as const;

it.each<[string, Model, RegExp]>([
  [
    "Math.random",
    wrapped(
      ({ apply }) =>
        (p, x) =>
          tf.add(apply(p, x), Math.random()),
    ),
    /draws random numbers/,
  ],
  [
    "dropout",
    wrapped(
      ({ apply }) =>
        (p, x) =>
          tf.dropout(apply(p, x), 0.5),
    ),
    /draws random numbers/,
  ],
  [
    "dropout with a seed of its own",
    wrapped(
      ({ apply }) =>
        (p, x) =>
          tf.dropout(apply(p, x), 0.5, undefined, 3),
    ),
    /depend on the others of its batch/,
  ],
  [
    "a counter",
    wrapped(
      ({ apply }) =>
        (p, x) =>
          tf.add(apply(p, x), (calls += 1)),
    ),
    /keeps a state/,
  ],
  [
    "a moving average",
    wrapped(({ apply }) => (p, x) => {
      average.value = 0.9 * average.value + 0.1 * tf.mean(x).dataSync()[0]!;
      return tf.add(apply(p, x), average.value);
    }),
    /keeps a state/,
  ],
  [
    "a parameter that is changed in place",
    wrapped(({ apply }) => (p, x) => {
      (p["dense2.bias"]!.dataSync() as Float32Array)[0]! += 1;
      return apply(p, x);
    }),
    /changes the parameter dense2\.bias/,
  ],
  [
    "a parameter that is disposed",
    wrapped(({ apply }) => (p, x) => {
      const y = apply(p, x);
      p["dense1.bias"]!.dispose();
      return y;
    }),
    /disposes dense1\.bias/,
  ],
  [
    "coupled samples",
    wrapped(
      ({ apply }) =>
        (p, x) =>
          apply(p, tf.sub(x, tf.mean(x, 0, true))),
    ),
    /declare `coupled: true`/,
  ],
  [
    "samples that are coupled in large batches alone",
    wrapped(
      ({ apply }) =>
        (p, x) =>
          apply(p, x.shape[0]! > 32 ? tf.sub(x, tf.mean(x, 0, true)) : x),
    ),
    /declare `coupled: true`/,
  ],
  [
    "neighbours that are coupled",
    wrapped(
      ({ apply }) =>
        (p, x) =>
          apply(p, tf.add(x, tf.reverse(x, 0))),
    ),
    /declare `coupled: true`/,
  ],
  [
    "a parameter without influence",
    changed(({ parameters }) => ({ parameters: [...parameters, spare] })),
    /the parameter spare has no influence/,
  ],
  [
    "outputs that are not finite",
    wrapped(
      ({ apply }) =>
        (p, x) =>
          tf.div(apply(p, x), 0),
    ),
    /not finite/,
  ],
  [
    "outputs that are no tensor",
    wrapped(() => () => 3 as unknown as tf.Tensor),
    /apply gives no tensor/,
  ],
  [
    "a mean over the batch",
    wrapped(
      ({ apply }) =>
        (p, x) =>
          tf.mean(apply(p, x), 0),
    ),
    /outputs of 48 samples have shape \[3\]/,
  ],
])("names the rule that %s breaks", (_, model, message) => {
  const x = inputs();
  const { random } = Math;
  expect(() => checkModel(model, x)).toThrow(message);
  expect(Math.random).toBe(random);
  x.dispose();
});

it.each<[string, Model]>([
  ["a right network", changed()],
  [
    "a coupling that is declared",
    changed(({ apply }) => ({
      coupled: true,
      apply: (p, x) => apply(p, tf.sub(x, tf.mean(x, 0, true))),
    })),
  ],
  [
    "a parameter that is declared unused",
    changed(({ parameters }) => ({ parameters: [...parameters, { ...spare, unused: true }] })),
  ],
  ["units that are dead", mlp.build(task, { width: [1, 1, 1], activation: "relu" })],
])("has nothing to say about %s, and leaves nothing behind", (_, model) => {
  const x = inputs();
  const before = tf.memory().numTensors;
  checkModel(model, x);
  expect(tf.memory().numTensors).toBe(before);
  x.dispose();
});
