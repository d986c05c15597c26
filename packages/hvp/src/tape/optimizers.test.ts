import { disposeTree, linearize } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";
import { expectNoLeak, FLOAT32, relativeError } from "../expectations.fixture.js";

/** New values from old ones and their slopes; keeps its state. */
type Step = (v: readonly number[], g: readonly number[]) => number[];

const EPSILON = 1e-3;
const zeros = () => [0, 0, 0];

/** Each optimizer of tfjs, and its formula in float64. */
const optimizers: Record<string, readonly [make: () => tf.Optimizer, formula: () => Step]> = {
  SGD: [() => tf.train.sgd(0.1), () => (v, g) => v.map((x, i) => x - 0.1 * g[i]!)],
  momentum: [
    () => tf.train.momentum(0.1, 0.8),
    () => {
      const m = zeros();
      return (v, g) =>
        v.map((x, i) => {
          m[i] = 0.8 * m[i]! + g[i]!;
          return x - 0.1 * m[i]!;
        });
    },
  ],
  "momentum of Nesterov": [
    () => tf.train.momentum(0.1, 0.8, true),
    () => {
      const m = zeros();
      return (v, g) =>
        v.map((x, i) => {
          m[i] = 0.8 * m[i]! + g[i]!;
          return x - 0.1 * (g[i]! + 0.8 * m[i]!);
        });
    },
  ],
  Adam: [
    () => tf.train.adam(0.1, 0.7, 0.9, EPSILON),
    () => {
      const [m, s] = [zeros(), zeros()];
      let t = 0;
      return (v, g) => {
        t += 1;
        return v.map((x, i) => {
          m[i] = 0.7 * m[i]! + 0.3 * g[i]!;
          s[i] = 0.9 * s[i]! + 0.1 * g[i]! ** 2;
          const size = Math.sqrt(s[i]! / (1 - 0.9 ** t)) + EPSILON;
          return x - (0.1 * m[i]!) / (1 - 0.7 ** t) / size;
        });
      };
    },
  ],
  RMSProp: [
    () => tf.train.rmsprop(0.1, 0.8, 0.5, EPSILON),
    () => {
      const [s, m] = [zeros(), zeros()];
      return (v, g) =>
        v.map((x, i) => {
          s[i] = 0.8 * s[i]! + 0.2 * g[i]! ** 2;
          m[i] = 0.5 * m[i]! + (0.1 * g[i]!) / Math.sqrt(s[i]! + EPSILON);
          return x - m[i]!;
        });
    },
  ],
  "RMSProp, centred": [
    () => tf.train.rmsprop(0.1, 0.8, 0.5, EPSILON, true),
    () => {
      const [s, c, m] = [zeros(), zeros(), zeros()];
      return (v, g) =>
        v.map((x, i) => {
          s[i] = 0.8 * s[i]! + 0.2 * g[i]! ** 2;
          c[i] = 0.8 * c[i]! + 0.2 * g[i]!;
          // As tfjs has it: ε is taken away.
          m[i] = 0.5 * m[i]! + (0.1 * g[i]!) / Math.sqrt(s[i]! - (c[i]! ** 2 + EPSILON));
          return x - m[i]!;
        });
    },
  ],
  Adagrad: [
    () => tf.train.adagrad(0.1, 0.2),
    () => {
      const s = [0.2, 0.2, 0.2];
      return (v, g) =>
        v.map((x, i) => {
          s[i]! += g[i]! ** 2;
          return x - (0.1 * g[i]!) / Math.sqrt(s[i]! + 1e-7);
        });
    },
  ],
  Adamax: [
    () => tf.train.adamax(0.1, 0.7, 0.9, EPSILON, 0.2),
    () => {
      const [m, u] = [zeros(), zeros()];
      let t = 0;
      return (v, g) => {
        t += 1;
        const rate = 0.1 / (1 + 0.2 * (t - 1)) / (1 - 0.7 ** t);
        return v.map((x, i) => {
          m[i] = 0.7 * m[i]! + 0.3 * g[i]!;
          u[i] = Math.max(0.9 * u[i]!, Math.abs(g[i]!));
          return x - (rate * m[i]!) / (u[i]! + EPSILON);
        });
      };
    },
  ],
  Adadelta: [
    () => tf.train.adadelta(0.5, 0.8, EPSILON),
    () => {
      const [s, d] = [zeros(), zeros()];
      return (v, g) =>
        v.map((x, i) => {
          // As tfjs has it: by the mean of squares before this step.
          const step = (Math.sqrt(d[i]! + EPSILON) / Math.sqrt(s[i]! + EPSILON)) * g[i]!;
          s[i] = 0.8 * s[i]! + 0.2 * g[i]! ** 2;
          d[i] = 0.8 * d[i]! + 0.2 * step ** 2;
          return x - 0.5 * step;
        });
    },
  ],
};

const STEPS = 3;
const X = [0.7, -0.9, 1.1];
const V = [0.5, 0.8, -0.6];

/** Σ v² after steps on Σ tanh⁴ v + 0.15·(Σ v)², which couples the entries. */
function lossBy(step: Step, x: readonly number[]): number {
  let v = [...x];
  for (let k = 0; k < STEPS; k++) {
    const all = v.reduce((sum, y) => sum + y, 0);
    v = step(
      v,
      v.map((y) => 4 * Math.tanh(y) ** 3 * (1 - Math.tanh(y) ** 2) + 0.3 * all),
    );
  }
  return v.reduce((sum, y) => sum + y ** 2, 0);
}

const inner = (v: tf.Tensor) =>
  tf.add(tf.sum(tf.pow(tf.tanh(v), 4)), tf.mul(0.15, tf.square(tf.sum(v)))) as tf.Scalar;

function loss(make: () => tf.Optimizer, x: tf.Tensor): tf.Tensor {
  const [v, optimizer] = [tf.variable(x), make()];
  for (let k = 0; k < STEPS; k++) optimizer.minimize(() => inner(v), false, [v]);
  const after = tf.sum(tf.square(v));
  v.dispose();
  optimizer.dispose();
  // That of momentum forgets its learning rate.
  const { c } = optimizer as { c?: tf.Tensor };
  if (c && !c.isDisposed) c.dispose();
  return after;
}

/** f′(0) by central differences of order eight, in float64. */
function slope(f: (t: number) => number, h = 4e-3): number {
  return [4 / 5, -1 / 5, 4 / 105, -1 / 280].reduce(
    (sum, weight, k) => sum + (weight * (f((k + 1) * h) - f(-(k + 1) * h))) / h,
    0,
  );
}

const moved = (x: readonly number[], t: number, v: readonly number[]) =>
  x.map((y, i) => y + t * v[i]!);

describe.each(backends)(
  "optimizers inside a loss, against differences in float64, on %s",
  (name) => {
    beforeAll(() => useBackend(name));

    it.each(Object.keys(optimizers))("%s", (which) => {
      const [make, formula] = optimizers[which]!;
      const value = (x: readonly number[]) => lossBy(formula(), x);
      const gradientAt = (x: readonly number[]) =>
        x.map((_, i) => slope((t) => value(x.map((y, j) => (i === j ? y + t : y)))));
      const expected = X.map((_, i) => slope((t) => gradientAt(moved(X, t, V))[i]!));
      expectNoLeak(() => {
        const [x, v] = [{ x: tf.tensor1d(X) }, { x: tf.tensor1d(V) }];
        const linearization = linearize((p) => loss(make, p.x), x);
        const product = linearization.hvp(v);
        expect(relativeError(linearization.loss.dataSync(), [value(X)])).toBeLessThan(FLOAT32);
        expect(relativeError(linearization.gradient.x.dataSync(), gradientAt(X))).toBeLessThan(
          FLOAT32,
        );
        expect(relativeError(product.x.dataSync(), expected)).toBeLessThan(FLOAT32);
        linearization.dispose();
        disposeTree(product);
        tf.dispose([x, v]);
      });
    });
  },
);

describe("an optimizer that is kept outside of the loss", () => {
  beforeAll(() => useBackend("cpu"));

  it.each(["Adam", "RMSProp", "Adagrad", "Adamax", "Adadelta"])(
    "%s is refused where its state is of an earlier call, or gives what a new one does",
    (which) => {
      const [make] = optimizers[which]!;
      const optimizer = make();
      const [x, v] = [{ x: tf.tensor1d(X) }, { x: tf.tensor1d(V) }];
      const kept = (p: typeof x) => {
        const w = tf.variable(p.x);
        for (let k = 0; k < STEPS; k++) optimizer.minimize(() => inner(w), false, [w]);
        return tf.sum(tf.square(w));
      };
      const values = (f: (p: typeof x) => tf.Tensor) => {
        const linearization = linearize(f, x);
        const product = linearization.hvp(v);
        return [linearization.loss, linearization.gradient.x, product.x].flatMap((part) => [
          ...part.dataSync(),
        ]);
      };
      const right = values((p) => loss(make, p.x));
      for (let call = 0; call < 3; call++) {
        let found: number[];
        try {
          found = values(kept);
        } catch (error) {
          expect(String(error)).toMatch(/earlier call|not the same each time/);
          continue;
        }
        expect(relativeError(found, right)).toBeLessThan(FLOAT32);
      }
    },
  );
});
