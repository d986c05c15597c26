import {
  changeOptimizer,
  disposeState,
  optimizerByName,
  optimizers,
  restoreState,
  saveState,
  saveStateLater,
} from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../../../hvp/src/backends.fixture.js";
import { initialParams, referenceStep, steps, valuesOf } from "../../test/references.js";

describe.each(backends)("on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  describe.each(Object.values(optimizers))("$name", (optimizer) => {
    it("goes on bit for bit after being saved and restored, whenever that happens", () => {
      let through = optimizer.init(initialParams());
      for (let i = 0; i < steps; i++) through = referenceStep(optimizer, through, {});
      const expected = saveState(through);
      for (let at = 0; at <= steps; at++) {
        let state = optimizer.init(initialParams());
        for (let i = 0; i < at; i++) state = referenceStep(optimizer, state, {});
        const saved = saveState(state);
        disposeState(state);
        state = restoreState(at % 2 === 0 ? saved : JSON.parse(JSON.stringify(saved)));
        for (let i = at; i < steps; i++) state = referenceStep(optimizer, state, {});
        expect(saveState(state)).toEqual(expected);
        disposeState(state);
      }
      disposeState(through);
    });

    it("is saved later as it is at once", async () => {
      let state = optimizer.init(initialParams());
      for (let i = 0; i < 2; i++) state = referenceStep(optimizer, state, {});
      const tensors = tf.memory().numTensors;
      expect(await saveStateLater(state)).toEqual(saveState(state));
      expect(tf.memory().numTensors).toBe(tensors);
      disposeState(state);
    });

    it("refuses a saved state that JSON did not keep", () => {
      const state = optimizer.init(initialParams());
      const copied = JSON.parse(JSON.stringify(structuredClone(saveState(state))));
      expect(() => restoreState(copied)).toThrow(/^values of \w+ are neither a Float32Array nor/);
      disposeState(state);
    });

    it("leaks nothing", () => {
      const before = tf.memory().numTensors;
      let state = optimizer.init(initialParams());
      const held = tf.memory().numTensors;
      for (let i = 0; i < steps; i++) {
        state = referenceStep(optimizer, state, {});
        expect(tf.memory().numTensors).toBe(held);
      }
      const preconditioner = optimizer.preconditioner(state, { learningRate: 1 });
      tf.dispose((preconditioner ?? {}) as tf.NamedTensorMap);
      disposeState(restoreState(saveState(state)));
      expect(tf.memory().numTensors).toBe(held);
      disposeState(state);
      expect(tf.memory().numTensors).toBe(before);
    });

    it("begins anew after another optimizer, as from the start", () => {
      const before = tf.memory().numTensors;
      const fresh = optimizer.init(initialParams());
      let state = changeOptimizer(
        { ...optimizerByName("adam").init(initialParams()), step: 3 },
        optimizer,
      );
      expect(state).toMatchObject({ step: 3, start: 3 });
      const gradient = initialParams();
      const options = { learningRate: 0.5 };
      state = optimizer.step(gradient, state, options);
      const expected = optimizer.step(gradient, fresh, options);
      expect(state.step).toBe(4);
      expect(valuesOf(state.params)).toEqual(valuesOf(expected.params));
      for (const each of [state, expected]) disposeState(each);
      tf.dispose(gradient as tf.NamedTensorMap);
      expect(tf.memory().numTensors).toBe(before);
    });

    it("with η = 0 leaves the parameters as they are", () => {
      const state = optimizer.init(initialParams());
      const before = valuesOf(state.params);
      const gradient = initialParams();
      const after = optimizer.step(gradient, state, { learningRate: 0 });
      expect(valuesOf(after.params)).toEqual(before);
      disposeState(after);
      tf.dispose(gradient as tf.NamedTensorMap);
    });
  });
});

describe("kernels of an update, for one tensor", () => {
  beforeAll(() => useBackend("cpu"));

  // Each is a pass over all parameters. What a formula needs at least, written out tensor by tensor.
  it.each([
    { name: "sgd", kernels: "Multiply Sub" },
    { name: "heavy-ball", kernels: "Multiply Add Multiply Sub" },
    { name: "nesterov", kernels: "Multiply Add Multiply Add Multiply Sub" },
    { name: "rmsprop", kernels: "Square Sub Multiply Add Sqrt Add RealDiv Multiply Sub" },
    {
      name: "adam",
      kernels: "Sub Multiply Add Square Sub Multiply Add Sqrt Add RealDiv Multiply Sub",
    },
    {
      name: "adamw",
      kernels:
        "Sub Multiply Add Square Sub Multiply Add Sqrt Add RealDiv Multiply Sub Multiply Sub",
    },
  ])("$name", async ({ name, kernels }) => {
    const optimizer = optimizerByName(name);
    const gradient = { x: tf.tensor1d([1, 2]) };
    let state = optimizer.init({ x: tf.tensor1d([3, 4]) });
    const profile = await tf.profile(() => {
      state = optimizer.step(gradient, state, { learningRate: 0.1 });
    });
    expect(profile.kernels.map(({ name }) => name).join(" ")).toBe(kernels);
    disposeState(state);
    gradient.x.dispose();
  });
});

describe("what is refused", () => {
  beforeAll(() => useBackend("cpu"));
  const adam = optimizerByName("adam");
  const one = () => ({ x: tf.tensor1d([1, 2]) });

  it("names the optimizers that exist", () => {
    expect(() => optimizerByName("adagrad")).toThrow(
      'unknown optimizer "adagrad"; allowed: sgd, heavy-ball, nesterov, rmsprop, adam, adamw, ' +
        "sign-descent, normalized-descent, muon, spectral-descent, block-descent, sam",
    );
    expect(() => optimizerByName("toString")).toThrow(/unknown optimizer/);
  });

  it("names the options that exist", () => {
    expect(
      () => optimizerByName("sgd").threshold({ learningRate: 1, momentum: 0.9 }).value,
    ).toThrow("sgd has no option momentum; it has: learningRate, weightDecay, decay, clip");
  });

  it.each([
    { learningRate: -1 },
    { learningRate: Number.NaN },
    { learningRate: "0.1" as unknown as number },
    { learningRate: 1, betas: [0.9, 1] as const },
    { learningRate: 1, betas: 0.9 as unknown as [number, number] },
    { learningRate: 1, epsilon: -1e-8 },
    { learningRate: 1, weightDecay: Number.POSITIVE_INFINITY },
  ])("options out of their domain: %o", (options) => {
    const state = adam.init(one());
    expect(() => adam.step(one(), state, options)).toThrow(/of adam is .*; allowed: /);
  });

  it("a gradient that does not fit, leaving the state intact", () => {
    const state = adam.init({ x: tf.tensor1d([1, 2]), y: tf.scalar(1) });
    const options = { learningRate: 1 };
    expect(() => adam.step(one(), state, options)).toThrow("the gradient lacks parameter y");
    const broadcast = { x: tf.tensor1d([1, 2]), y: tf.tensor1d([1, 2]) };
    expect(() => adam.step(broadcast, state, options)).toThrow(
      "the gradient of parameter y has shape [2], the parameter []",
    );
    expect(valuesOf(state.params)).toEqual([1, 2, 1]);
  });

  it("the state of another optimizer", () => {
    const state = optimizerByName("sgd").init(one());
    expect(() => adam.step(one(), state, { learningRate: 1 })).toThrow(
      "the state lacks mean of parameter x: was it made by another optimizer than adam?",
    );
  });
});
