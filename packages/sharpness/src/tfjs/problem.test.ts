import "@tensorflow/tfjs-backend-cpu";
import { mse } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { sgd } from "@eoss/sgd";
import { measure, quantityByName, type TfjsProblem, tfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";

await tf.setBackend("cpu");

const x = tf.tensor2d([1, 2, 3, 4], [4, 1]);
const y = tf.tensor2d([2, 1, 0, 1], [4, 1]);
const params = { w: tf.tensor2d([0.5], [1, 1]) };
type P = typeof params;
const outputsOf = (indices: Int32Array) => (p: P) => tf.matMul(tf.gather(x, indices), p.w);
const targetsOf = (indices: Int32Array) => tf.gather(y, indices);
const set = {
  samples: 4,
  lossOf: (indices: Int32Array) => (p: P) => mse(outputsOf(indices)(p), targetsOf(indices)),
  outputsOf,
  targetsOf,
};

/** A problem with all that one can have. */
const whole: Required<TfjsProblem> = {
  ...set,
  params,
  batchSize: 2,
  coupled: false,
  chunkSize: 3,
  head: mse,
  heldOut: set,
  stepBatch: Int32Array.of(1, 2),
  update: { learningRate: 0.1, optimizer: sgd, state: sgd.init(params), options: {} },
  initialParams: params,
};

it("measures a problem with all that one can have", async () => {
  const names = ["fullbs", "loss", "test-loss", "distance"];
  const measured = await measure(whole, names.map(quantityByName), {
    tolerance: 0.1,
    maxBatches: 8,
    stream: stream(1, "measurement"),
  });
  // L'' = 2·mean of x², in chunks of 3 and 1.
  expect(measured[0]!.value).toBeCloseTo(2 * 7.5, 4);
  // Mean of (x/2 − y)².
  const loss = (1.5 ** 2 + 0 + 1.5 ** 2 + 1) / 4;
  expect(measured[1]!.value).toBeCloseTo(loss, 6);
  expect(measured[2]!.value).toBeCloseTo(loss, 6);
  expect(measured[3]!.value).toBe(0);
});

it.each([
  [{ chunksize: 2 }, /a problem has no option chunksize; it has: .* did you mean chunkSize\?/],
  [{ chunkSize: 0 }, "chunkSize of a problem is 0; allowed: an integer from 1 on"],
  [{ chunkSize: "3" }, 'chunkSize of a problem is "3"; allowed'],
  [{ coupled: "no" }, 'coupled of a problem is "no"; allowed: true, false'],
  [{ update: { ...whole.update, optimiser: sgd } }, "update has no option optimiser"],
  [{ heldOut: { ...set, sample: 3 } }, "heldOut has no option sample"],
])("refuses %j", (part, message) => {
  expect(() => tfjsProblem({ ...whole, ...part } as TfjsProblem)).toThrow(message);
});
