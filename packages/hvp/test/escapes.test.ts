/** Not in src: messages name the first caller outside of this package, which is this file. */

import { constant, disposeTree, gradient, jacobian, linearize, UnverifiedOpError } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../src/backends.fixture.js";
import { expectNoLeak, relativeError } from "../src/expectations.fixture.js";

type Loss = (p: { w: tf.Tensor1D }) => tf.Tensor;

const cube = (t: tf.Tensor) => tf.sum(tf.pow(t, 3));

/** Σ w³ + Σ w by detours: the gradient is 3w² + 1, H·1 is 6w. */
const followed: Record<string, Loss> = {
  "tf.variable": ({ w }) => {
    const v = tf.variable(w);
    const loss = tf.add(cube(v), tf.sum(w));
    v.dispose();
    return loss;
  },
  "a variable of another type first": ({ w }) => {
    const v = tf.variable(tf.tensor1d([1, 2], "int32"), false, undefined, "float32");
    v.assign(w);
    const loss = tf.add(cube(v), tf.sum(w));
    v.dispose();
    return loss;
  },
  "variable.assign, twice": ({ w }) => {
    const v = tf.variable(tf.zeros([2]));
    v.assign(tf.square(w) as tf.Tensor1D);
    v.assign(tf.mul(v, w));
    const loss = tf.add(tf.sum(v), tf.sum(w));
    v.dispose();
    return loss;
  },
  "a variable that is a constant again": ({ w }) => {
    const v = tf.variable(w);
    v.assign(tf.tensor1d([2, 2]));
    v.assign(constant(() => tf.clone(w)));
    // Its value is w, its derivative none.
    const one = tf.div(
      v,
      constant(() => tf.clone(w)),
    );
    v.dispose();
    return tf.add(tf.sum(tf.mul(one, tf.pow(w, 3))), tf.sum(w));
  },
  "engine().makeVariable": ({ w }) => {
    const v = tf.engine().makeVariable(w, true, "made past tf.variable");
    const loss = tf.add(cube(v), tf.sum(w));
    v.dispose();
    return loss;
  },
  "weights of a layer": ({ w }) => {
    const dense = layers.layers.dense({ units: 1, useBias: false, inputShape: [1] });
    const model = layers.sequential({ layers: [dense] });
    const one = tf.ones([1, 1]);
    const parts = tf.unstack(w).map((part) => {
      model.setWeights([tf.reshape(part, [1, 1])]);
      return cube(model.apply(one) as tf.Tensor);
    });
    model.dispose();
    return tf.add(tf.addN(parts), tf.sum(w));
  },
  "clone, reshape, slices, stacks": ({ w }) => {
    const parts = tf.unstack(tf.reshape(tf.clone(w), [2, 1]));
    return tf.add(cube(tf.concat(parts)), tf.sum(tf.stack([tf.slice(w, 0, 1), tf.slice(w, 1, 1)])));
  },
  "numbers that are constants, said so": ({ w }) => {
    const numbers = constant(() => w.dataSync().map((x) => x));
    const one = tf.div(
      tf.tensor1d(numbers),
      constant(() => tf.clone(w)),
    );
    return tf.add(cube(tf.mul(one, w)), tf.sum(w));
  },
  "a comparison that decides what is computed": ({ w }) =>
    tf.greater(tf.sum(w), 0).dataSync()[0] ? tf.add(cube(w), tf.sum(w)) : tf.sum(w),
  printing: ({ w }) => {
    const { log } = console;
    console.log = () => {};
    w.print();
    tf.print(tf.square(w));
    console.log = log;
    return tf.add(cube(w), tf.sum(w));
  },
  "numbers that come later": ({ w }) => {
    void w.data();
    void tf.square(w).array();
    return tf.add(cube(w), tf.sum(w));
  },
};

/** What a kernel gives that is called past the engine. */
function infoByHand(name: string, inputs: object, attrs: object = {}): tf.TensorInfo {
  const { kernelFunc } = tf.getKernel(name, tf.getBackend())!;
  return kernelFunc({ inputs, attrs, backend: tf.backend() } as never) as tf.TensorInfo;
}

const byHand = (...call: Parameters<typeof infoByHand>) =>
  tf.engine().makeTensorFromTensorInfo(infoByHand(...call));

/** What the message speaks of, by detour. */
const refused: Record<string, readonly [words: RegExp, loss: Loss]> = {
  dataSync: [/numbers of a recorded tensor/, ({ w }) => cube(tf.tensor1d(w.dataSync()))],
  arraySync: [/numbers/, ({ w }) => cube(tf.tensor1d(w.arraySync()))],
  bufferSync: [/numbers/, ({ w }) => cube(tf.square(w).bufferSync().toTensor())],
  "one number": [/numbers/, ({ w }) => tf.mul(tf.sum(w), tf.sum(w).dataSync()[0]!)],
  "numbers of another handle": [/numbers/, ({ w }) => cube(tf.tensor1d(tf.clone(w).dataSync()))],
  "engine().readSync": [
    /numbers/,
    ({ w }) => tf.sum(tf.mul(w, tf.tensor1d(tf.engine().readSync(w.dataId) as Float32Array))),
  ],
  "backend.readSync": [
    /numbers/,
    ({ w }) => tf.sum(tf.mul(w, tf.tensor1d(tf.backend().readSync(w.dataId) as Float32Array))),
  ],
  "a tensor on the same data": [
    /on recorded data/,
    ({ w }) => tf.sum(tf.mul(w, tf.engine().makeTensorFromDataId(w.dataId, [2], "float32"))),
  ],
  "a tensor info on the same data": [
    /on recorded data/,
    ({ w }) => {
      const { dataId } = tf.square(w);
      const info: tf.TensorInfo = { dataId, shape: [2], dtype: "float32" };
      return tf.sum(tf.mul(w, tf.engine().makeTensorFromTensorInfo(info)));
    },
  ],
  "a kernel called by hand": [
    /data of a recorded tensor/,
    ({ w }) => cube(byHand("Square", { x: w })),
  ],
  "a kernel called by hand on a result": [
    /data of a recorded tensor/,
    ({ w }) => tf.add(tf.sum(w), tf.sum(byHand("Multiply", { a: tf.sin(w), b: tf.ones([2]) }))),
  ],
  "a kernel called by hand that shares data": [
    /recorded/,
    ({ w }) => cube(byHand("Reshape", { x: w }, { shape: [1, 2] })),
  ],
  "a kernel called by hand inside a differentiation": [
    /data of a recorded tensor/,
    ({ w }) => tf.sum(tf.mul(w, tf.grad((x: tf.Tensor) => tf.sum(byHand("Square", { x })))(w))),
  ],
  "numbers of what a kernel called by hand gives": [
    /data of a recorded tensor/,
    ({ w }) => {
      const { dataId } = infoByHand("Square", { x: w });
      return tf.sum(tf.mul(w, tf.tensor1d(tf.backend().readSync(dataId) as Float32Array)));
    },
  ],
  "the storage of a backend": [
    /data of a recorded tensor/,
    ({ w }) => {
      for (const field of Object.values(tf.backend())) {
        // Of a class of its own where the backend brings another copy of tfjs.
        const isStorage = (field as { dataMover?: unknown } | null)?.dataMover !== undefined;
        if (isStorage) (field as tf.DataStorage<unknown>).get(w.dataId);
      }
      return cube(w);
    },
  ],
  "numbers inside a differentiation": [
    /numbers/,
    ({ w }) => {
      const x = tf.tensor1d([1, 2]);
      const slope = tf.grad((u: tf.Tensor) => tf.sum(tf.mul(u, tf.tensor1d(u.dataSync()))));
      return tf.sum(tf.mul(slope(x), w));
    },
  ],
  "a custom gradient": [
    /custom gradient/,
    ({ w }) =>
      tf.customGrad((x) => ({ value: cube(x as tf.Tensor), gradFunc: (dy: tf.Tensor) => dy }))(w),
  ],
};

describe.each(backends)("values that leave the record on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(Object.entries(followed))("are followed: %s", (_, loss) => {
    expectNoLeak(() => {
      const params = { w: tf.tensor1d([1, 2]) };
      const v = { w: tf.ones([2]) as tf.Tensor1D };
      const linearization = linearize(loss, params);
      const product = linearization.hvp(v);
      expect(relativeError(linearization.gradient.w.dataSync(), [4, 13])).toBeLessThan(1e-6);
      expect(relativeError(product.w.dataSync(), [6, 12])).toBeLessThan(1e-6);
      disposeTree(product);
      linearization.dispose();
      tf.dispose([params, v]);
    });
  });

  it.each(Object.entries(refused))("are refused: %s", (_, [words, loss]) => {
    const params = { w: tf.tensor1d([1, 2]) };
    let error: unknown;
    try {
      linearize(loss, params);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UnverifiedOpError);
    const { message, calledAt } = error as UnverifiedOpError;
    expect(message).toMatch(words);
    expect(calledAt).toMatch(/escapes\.test\.ts/);
    tf.dispose(params);
  });

  it("are as they were when it is over", () => {
    const params = { w: tf.tensor1d([1, 2]) };
    expect(() => linearize(refused.dataSync![1], params)).toThrow(UnverifiedOpError);
    expect([...params.w.dataSync()]).toEqual([1, 2]);
    expect(Object.hasOwn(tf.engine(), "gradients")).toBe(false);
    expect(Object.hasOwn(tf.engine(), "trackTensor")).toBe(false);
    expect(Object.hasOwn(tf.backend(), "readSync")).toBe(false);
    expect(Object.hasOwn(tf.Tensor.prototype, "toString")).toBe(true);
    const v = tf.variable(params.w);
    v.assign(tf.zeros([2]));
    expect(v.toString()).toContain("[0, 0]");
    v.dispose();
    tf.dispose(params);
  });
});

describe("tensors of an earlier call", () => {
  beforeAll(() => useBackend("cpu"));
  const params = () => ({ w: tf.tensor1d([1, 2]) });

  it("are refused, as they were computed from the parameters", () => {
    let cache: tf.Tensor | undefined;
    const loss: Loss = ({ w }) => {
      cache ??= tf.keep(tf.square(w));
      return tf.sum(tf.mul(cache, w));
    };
    const first = linearize(loss, params());
    expect([...first.gradient.w.dataSync()]).toEqual([3, 12]);
    expect(() => linearize(loss, params())).toThrow(/a tensor of an earlier call \(in mul\)/);
    expect(() => gradient(loss, params())).toThrow(UnverifiedOpError);
    expect(() => linearize(() => cache!, params())).toThrow(/a tensor of an earlier call/);
  });

  it("so is what was kept of a result or an argument", () => {
    const keeping = (of: "result" | "argument"): Loss => {
      let before: tf.Tensor | undefined;
      return ({ w }) => {
        const loss = tf.sum(tf.square(w));
        const scaled = before ? tf.sum(tf.mul(before, loss)) : loss;
        before = tf.keep(of === "result" ? loss : w);
        return scaled;
      };
    };
    for (const loss of [keeping("result"), keeping("argument")]) {
      expect([...linearize(loss, params()).gradient.w.dataSync()]).toEqual([2, 4]);
      expect(() => linearize(loss, params())).toThrow(/a tensor of an earlier call/);
    }
  });

  it("unless they are meant as constants", () => {
    let kept: tf.Tensor | undefined;
    linearize(({ w }) => {
      kept = tf.keep(tf.square(w));
      return tf.sum(kept);
    }, params());
    const later = linearize(
      ({ w }) =>
        tf.sum(
          tf.mul(
            constant(() => tf.clone(kept!)),
            w,
          ),
        ),
      params(),
    );
    expect([...later.gradient.w.dataSync()]).toEqual([1, 4]);
  });

  it("or were given out as results", () => {
    const first = linearize(({ w }) => cube(w), params());
    const j = jacobian(({ w }) => tf.square(w), params());
    const product = first.hvp({ w: tf.ones([2]) });
    const later = linearize(
      ({ w }) =>
        tf.sum(
          tf.mul(w, tf.addN([first.gradient.w, j.outputs, product.w, tf.mul(first.loss, [1, 1])])),
        ),
      params(),
    );
    // 3w² + w² + 6w + 9
    expect([...later.gradient.w.dataSync()]).toEqual([19, 37]);
  });
});
