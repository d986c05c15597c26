import "@tensorflow/tfjs-backend-cpu";
import { disposeState, sgd } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

describe("sgd", () => {
  it("multiplies the distance to the minimum of a quadratic by 1 − ηλ, and leaks nothing", () => {
    const before = tf.memory().numTensors;
    const lambda = 3;
    const learningRate = 0.5;
    let state = sgd.init({ x: tf.tensor1d([1, -2]) });
    for (let step = 0; step < 5; step++) {
      const gradient = { x: tf.mul(state.params.x!, lambda) };
      state = sgd.step(gradient, state, { learningRate });
      gradient.x.dispose();
    }
    const factor = (1 - learningRate * lambda) ** 5;
    expect(state.step).toBe(5);
    expect([...state.params.x!.dataSync()]).toEqual([factor, -2 * factor]);
    disposeState(state);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is unstable above 2/η", () => {
    expect(sgd.threshold({ learningRate: 0.01 }).value).toBe(200);
  });

  it("says which gradient is missing", () => {
    const state = sgd.init({ x: tf.tensor1d([1]) });
    expect(() => sgd.step({}, state, { learningRate: 1 })).toThrow(/lacks parameter x/);
    disposeState(state);
  });
});
