import { type Architecture, defineModel, type ModelKind, mlp } from "@eoss/models";
import { conformance } from "@eoss/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { z } from "zod";
import "../test/backend.js";

const task = { inputShape: [4], classes: 3 };

/** A small perceptron with something changed. */
function changed(
  change: (right: Architecture) => Partial<Architecture>,
  options: z.ZodType = z.object({}),
): ModelKind {
  return defineModel({
    name: "changed",
    description: "a perceptron with a fault",
    options,
    build(task) {
      const right = mlp.build(task, { width: [5], activation: "tanh" });
      return { ...right, ...change(right) };
    },
  }) as ModelKind;
}

/** What the suite says about a network: the messages of the rules that it breaks. */
function complaints(kind: ModelKind): string[] {
  return conformance(kind, { task }).flatMap(({ name, run }) => {
    try {
      run();
      return [];
    } catch (error) {
      return [`${name}: ${(error as Error).message}`];
    }
  });
}

it("has nothing to say about a right network", () => {
  expect(complaints(changed(() => ({})))).toEqual([]);
});

/** Told of its depth by a caller, who may leave it out. */
const withRequired: ModelKind = {
  ...changed(() => ({}), z.object({ depth: z.int().describe("number of layers") })),
  build: (task) => changed(() => ({})).build(task),
};

let calls = 0;
const spare = { name: "spare", shape: [3], role: "kernel", fanIn: 3 } as const;
const leaked: tf.Tensor[] = [];

it.each([
  [
    "outputs that change from call to call",
    changed(({ apply }) => ({ apply: (p, x) => tf.add(apply(p, x), (calls += 1)) })),
    /^is a pure function[^\n]*keeps a state[^\n]*$/,
  ],
  [
    "random numbers",
    changed(({ apply }) => ({ apply: (p, x) => tf.add(apply(p, x), Math.random()) })),
    /^is a pure function[^\n]*draws random numbers[^\n]*$/,
  ],
  [
    "samples that see each other in large batches alone",
    changed(({ apply }) => ({
      apply: (p, x) => apply(p, x.shape[0]! > 32 ? tf.sub(x, tf.mean(x, 0, true)) : x),
    })),
    /^computes each sample[^\n]*declare `coupled: true`$/,
  ],
  [
    "a parameter without influence",
    changed(({ parameters }) => ({ parameters: [...parameters, spare] })),
    /^uses each parameter[^\n]*spare has no influence[^\n]*$/,
  ],
  [
    "samples that see each other, undeclared",
    changed(({ apply }) => ({
      apply: (p, x) => apply(p, tf.sub(x, tf.mean(x, 0, true))),
    })),
    /computes each sample.*declare `coupled: true`/,
  ],
  [
    "a coupling that is none",
    changed(() => ({ coupled: true })),
    /each sample is computed by itself/,
  ],
  [
    "outputs of another shape",
    changed(({ apply }) => ({ apply: (p, x) => tf.slice(apply(p, x), [0, 0], [-1, 2]) })),
    /outputs of 1 samples have shape \[1,2\]/,
  ],
  [
    "a tensor that is kept",
    changed(({ apply }) => ({
      apply: (p, x) => {
        leaked.push(tf.keep(tf.scalar(1)));
        return apply(p, x);
      },
    })),
    /leaks no tensor: 1 tensors are left over/,
  ],
  [
    "a parameter that is changed",
    changed(({ apply }) => ({
      apply: (p, x) => {
        (p["dense2.bias"]!.dataSync() as Float32Array)[0]! += 1;
        return apply(p, x);
      },
    })),
    /^is a pure function[^\n]*changes the parameter dense2\.bias$/,
  ],
  [
    "a derivative that nobody vouches for",
    changed(({ apply }) => ({
      apply: (p, x) =>
        tf.customGrad((y, save) => {
          (save as tf.GradSaveFunc)([y as tf.Tensor]);
          return { value: y as tf.Tensor, gradFunc: (dy) => dy };
        })(apply(p, x)),
    })),
    /no verified second derivative for custom gradient/,
  ],
  [
    "the name of a built-in network",
    { ...changed(() => ({})), name: "mlp" },
    /^has a name[^\n]*the name "mlp" is that of a built-in network$/,
  ],
  [
    "a variable that build makes",
    changed(({ apply }) => {
      const gain = tf.tidy(() => tf.variable(tf.scalar(2)));
      leaked.push(gain);
      return { apply: (p, x) => tf.mul(apply(p, x), gain) };
    }),
    /^is built without tensors[^\n]*`build` makes tensors or variables \(1\): declare them as parameters[^\n]*$/,
  ],
  [
    "random numbers in build",
    changed(({ apply }) => {
      const shift = Math.random();
      return { apply: (p, x) => tf.add(apply(p, x), shift) };
    }),
    /^is built without tensors[^\n]*`build` draws random numbers[^\n]*$/,
  ],
  [
    "dropout",
    changed(({ apply }) => ({ apply: (p, x) => tf.dropout(apply(p, x), 0.3) })),
    /^is a pure function[^\n]*draws random numbers[^\n]*$/,
  ],
  [
    "samples that see each other in batches of more than 100 alone",
    changed(({ apply }) => ({
      apply: (p, x) => apply(p, x.shape[0]! > 100 ? tf.sub(x, tf.mean(x, 0, true)) : x),
    })),
    /^computes each sample[^\n]*declare `coupled: true`$/,
  ],
  [
    "an option without a description",
    changed(() => ({}), z.object({ depth: z.int().default(1) })),
    /option depth has no description/,
  ],
  ["an option without a default", withRequired, /option depth has no default/],
])("complains about %s", (_, kind, message) => {
  const found = complaints(kind);
  expect(found.join("\n")).toMatch(message);
  tf.dispose(leaked.splice(0));
});
