import {
  constant,
  disposeTree,
  layersModel,
  linearize,
  UnverifiedOpError,
  verify,
} from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";
import { expectNoLeak, relativeError } from "../expectations.fixture.js";

type Loss = (p: { x: tf.Tensor }) => tf.Tensor;

/** Gradient and diagonal of the Hessian of a loss Σ f(x_i), at some points, in float64. */
interface ClosedForm {
  readonly name: string;
  readonly loss: Loss;
  readonly at: readonly number[];
  readonly first: (x: number) => number;
  readonly second: (x: number) => number;
}

const d = (f: (x: tf.Tensor) => tf.Tensor) => tf.grad((x: tf.Tensor) => tf.sum(f(x)));
const { tanh, exp, cos, sin, cosh } = Math;
const sech2 = (x: number) => 1 / cosh(x) ** 2;

const forms: ClosedForm[] = [
  {
    name: "the derivative of a cube",
    loss: ({ x }) => tf.sum(d((u) => tf.pow(u, 3))(x)),
    at: [-1, 0.5, 2],
    first: (x) => 6 * x,
    second: () => 6,
  },
  {
    name: "a squared slope, tanh",
    loss: ({ x }) => tf.sum(tf.square(d(tf.tanh)(x))),
    at: [-1, 0.25, 0.75],
    // s = sech² x, s′ = −2·t·s
    first: (x) => -4 * tanh(x) * sech2(x) ** 2,
    second: (x) => -4 * sech2(x) ** 3 + 16 * tanh(x) ** 2 * sech2(x) ** 2,
  },
  {
    name: "the second derivative, tanh",
    loss: ({ x }) => tf.sum(d(d(tf.tanh))(x)),
    at: [-1, 0.25, 0.75],
    // tanh‴ = −2s² + 4t²s, tanh⁗ = 16·t·s² − 8·t³·s
    first: (x) => -2 * sech2(x) ** 2 + 4 * tanh(x) ** 2 * sech2(x),
    second: (x) => 16 * tanh(x) * sech2(x) ** 2 - 8 * tanh(x) ** 3 * sech2(x),
  },
  {
    name: "the third derivative, sine",
    loss: ({ x }) => tf.sum(d(d(d(tf.sin)))(x)),
    at: [-1, 0.25, 2],
    first: (x) => sin(x),
    second: (x) => cos(x),
  },
  {
    name: "an exponential of itself",
    loss: ({ x }) => tf.sum(d((u) => tf.exp(tf.exp(u)))(x)),
    at: [-1, 0, 0.5],
    // f′ = e^x·E, E = e^(e^x), E′ = e^x·E
    first: (x) => exp(exp(x)) * (exp(x) + exp(2 * x)),
    second: (x) => exp(exp(x)) * (exp(x) + 3 * exp(2 * x) + exp(3 * x)),
  },
  {
    name: "a slope times the function",
    loss: ({ x }) => {
      const { value, grad } = tf.valueAndGrad((u: tf.Tensor) => tf.sin(u))(x);
      return tf.sum(tf.mul(value, grad));
    },
    at: [-1, 0.25, 2],
    first: (x) => cos(2 * x),
    second: (x) => -2 * sin(2 * x),
  },
  {
    name: "with dy, itself of the parameters",
    loss: ({ x }) => tf.sum(tf.grad((u: tf.Tensor) => tf.square(u))(x, tf.sin(x))),
    at: [-1, 0.25, 2],
    // 2·x·sin x
    first: (x) => 2 * sin(x) + 2 * x * cos(x),
    second: (x) => 4 * cos(x) - 2 * x * sin(x),
  },
  {
    name: "where x was computed from the parameters before: a variable of its own",
    loss: ({ x }) => {
      const h = tf.square(x);
      return tf.sum(tf.grad((u: tf.Tensor) => tf.sum(tf.mul(tf.mul(u, u), x)))(h));
    },
    at: [-1, 0.5, 2],
    // ∂(h²·x)/∂h = 2·h·x = 2·x³
    first: (x) => 6 * x ** 2,
    second: (x) => 12 * x,
  },
  {
    name: "several inputs, one twice",
    loss: ({ x }) => {
      const [a, b, c] = tf.grads((u: tf.Tensor, v: tf.Tensor, _w: tf.Tensor) =>
        tf.sum(tf.mul(tf.square(u), tf.sin(v))),
      )([x, tf.mul(x, 1), x]) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return tf.sum(tf.addN([a, b, c]));
    },
    at: [-1, 0.5, 2],
    // 2·(2·x·sin x) + x²·cos x
    first: (x) => 4 * sin(x) + 6 * x * cos(x) - x ** 2 * sin(x),
    second: (x) => 10 * cos(x) - 8 * x * sin(x) - x ** 2 * cos(x),
  },
  {
    name: "a variable made of the parameters",
    loss: ({ x }) => {
      const v = tf.variable(x);
      const { grads } = tf.variableGrads(() => tf.sum(tf.pow(v, 4)), [v]);
      const slope = tf.sum(grads[v.name]!);
      v.dispose();
      return slope;
    },
    at: [-1, 0.5, 2],
    first: (x) => 12 * x ** 2,
    second: (x) => 24 * x,
  },
  {
    name: "a step of an optimiser",
    loss: ({ x }) => {
      const v = tf.variable(x);
      const optimizer = tf.train.sgd(0.125);
      optimizer.minimize(() => tf.sum(tf.pow(v, 4)), false, [v]);
      optimizer.dispose();
      const after = tf.sum(tf.square(v));
      v.dispose();
      return after;
    },
    at: [-1, 0.5, 2],
    // (x − x³/2)²
    first: (x) => 2 * (x - x ** 3 / 2) * (1 - 1.5 * x ** 2),
    second: (x) => 2 * (1 - 1.5 * x ** 2) ** 2 - 6 * x * (x - x ** 3 / 2),
  },
  {
    name: "two steps by hand",
    loss: ({ x }) => {
      const inner = d((u) => tf.sin(u));
      const once = tf.sub(x, tf.mul(0.5, inner(x)));
      return tf.sum(tf.square(tf.sub(once, tf.mul(0.5, inner(once)))));
    },
    at: [-1, 0.5, 2],
    // T(x) = x − ½·cos x, T′ = 1 + ½·sin x, T″ = ½·cos x; L = T(T(x))²
    first: (x) => {
      const t = x - cos(x) / 2;
      return 2 * (t - cos(t) / 2) * (1 + sin(t) / 2) * (1 + sin(x) / 2);
    },
    second: (x) => {
      const [t, t1, t2] = [x - cos(x) / 2, 1 + sin(x) / 2, cos(x) / 2];
      const [u, u1, u2] = [t - cos(t) / 2, 1 + sin(t) / 2, cos(t) / 2];
      return 2 * (u1 * t1) ** 2 + 2 * u * (u2 * t1 ** 2 + u1 * t2);
    },
  },
  {
    name: "a constant slope, inside constant()",
    loss: ({ x }) =>
      tf.sum(
        tf.mul(
          constant(() => d(d(tf.tanh))(x)),
          tf.square(x),
        ),
      ),
    at: [0.25, 0.75],
    first: (x) => -4 * tanh(x) * sech2(x) * x,
    second: (x) => -4 * tanh(x) * sech2(x),
  },
  {
    name: "in tidy, within others",
    loss: ({ x }) => tf.tidy(() => tf.sum(tf.tidy(() => d((u) => tf.tidy(() => tf.exp(u)))(x)))),
    at: [-1, 0.5],
    first: exp,
    second: exp,
  },
  {
    name: "a step function has slope zero, as in tfjs",
    loss: ({ x }) => tf.add(tf.sum(d((u) => tf.floor(u))(x)), tf.sum(tf.square(x))),
    at: [0.25, 2.5],
    first: (x) => 2 * x,
    second: () => 2,
  },
  {
    name: "the second derivative of a rectifier is zero, as in tfjs",
    loss: ({ x }) => tf.add(tf.sum(d(d(tf.relu))(x)), tf.sum(tf.square(x))),
    at: [0.25, -2.5],
    first: (x) => 2 * x,
    second: () => 2,
  },
];

describe.each(backends)("differentiation by tfjs inside a loss on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(forms)("$name", (form) => {
    expectNoLeak(() => {
      const params = { x: tf.tensor1d([...form.at]) };
      const v = { x: tf.tensor1d(form.at.map((_, i) => 1 - (i % 4) / 2)) };
      const linearization = linearize(form.loss, params);
      const product = linearization.hvp(v);
      const second = form.at.map((x, i) => form.second(x) * v.x.dataSync()[i]!);
      expect(
        relativeError(linearization.gradient.x.dataSync(), form.at.map(form.first)),
      ).toBeLessThan(2e-6);
      expect(relativeError(product.x.dataSync(), second)).toBeLessThan(2e-6);
      disposeTree(product);
      linearization.dispose();
      tf.dispose([params, v]);
    });
  });
});

const refusal = (loss: Loss, x: tf.Tensor = tf.tensor1d([1, 2])): Error => {
  try {
    linearize(loss, { x });
  } catch (error) {
    return error as Error;
  }
  throw new Error("was not refused");
};

describe("what tfjs says is said, too", () => {
  beforeAll(() => useBackend("cpu"));

  it.each<[name: string, loss: Loss]>([
    ["f that does not depend on x", ({ x }) => tf.sum(d(() => x)(tf.scalar(1)))],
    ["f that is constant", ({ x }) => tf.sum(tf.mul(x, d(() => tf.scalar(3))(x)))],
    [
      "one of several that has no influence",
      ({ x }) => tf.sum(tf.grads((a: tf.Tensor, _: tf.Tensor) => tf.sum(a))([x, tf.scalar(1)])[0]!),
    ],
    ["x that was turned to integers", ({ x }) => tf.sum(d((u) => tf.cast(u, "int32"))(x))],
  ])("%s", (_, loss) => {
    expect(refusal(loss).message).toMatch(/Cannot compute gradient of y=f\(x\)/);
  });

  it("dy of another shape than f", () => {
    const loss: Loss = ({ x }) => tf.sum(tf.grad((u: tf.Tensor) => tf.square(u))(x, tf.ones([3])));
    expect(refusal(loss).message).toMatch(/shapes of dy/);
  });

  it("variables without influence are left out", () => {
    const [v, idle] = [tf.variable(tf.scalar(2)), tf.variable(tf.scalar(3))];
    const linearization = linearize(
      ({ x }) => {
        const { grads } = tf.variableGrads(() => tf.sum(tf.mul(x, tf.square(v))), [v, idle]);
        expect(Object.keys(grads)).toEqual([v.name]);
        return tf.square(grads[v.name]!);
      },
      { x: tf.tensor1d([1, 2]) },
    );
    // (2·v·Σx)²
    expect([...linearization.gradient.x.dataSync()]).toEqual([96, 96]);
    tf.dispose([v, idle]);
  });
});

describe("what cannot be followed is refused", () => {
  beforeAll(() => useBackend("cpu"));

  it("an op without a rule, by its name", () => {
    const error = refusal(({ x }) =>
      tf.sum(d((u) => tf.sparse.sparseSegmentSum(tf.exp(u) as tf.Tensor1D, [0], [0]))(x)),
    );
    expect(error).toBeInstanceOf(UnverifiedOpError);
    expect(error.message).toContain("SparseSegmentSum");
  });

  it("a variable that is assigned while it is differentiated", () => {
    const error = refusal(({ x }) => {
      const v = tf.variable(x);
      const f = () => {
        v.assign(tf.mul(v, 2));
        return tf.sum(tf.square(v)) as tf.Scalar;
      };
      return tf.sum(tf.variableGrads(f, [v]).grads[v.name]!);
    });
    expect(error).toBeInstanceOf(UnverifiedOpError);
    expect(error.message).toContain("go on with that");
  });

  it("a parameter itself that an optimiser moves; its gradient stands for that of the argument", () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const cube = (u: tf.Tensor) => tf.sum(tf.pow(u, 3)) as tf.Scalar;
    const moving = refusal(() => {
      tf.train.sgd(0.1).minimize(() => cube(v), false, [v]);
      return cube(v);
    }, v);
    expect(moving.name).toBe("CapturedParameterError");
    const slope: Loss = ({ x }) =>
      tf.sum(tf.variableGrads(() => cube(x), [v]).grads[v.name] as tf.Tensor);
    expect([...linearize(slope, { x: v }).gradient.x.dataSync()]).toEqual([6, 12]);
    v.dispose();
  });
});

describe("a loss that is called in another way than it can be", () => {
  beforeAll(() => useBackend("cpu"));
  const never = (loss: unknown) => refusal(loss as Loss).message;
  const disposedByTidy = ({ x }: { x: tf.Tensor }) => {
    let sum: tf.Tensor | undefined;
    tf.tidy(() => {
      sum = tf.sum(x);
    });
    return sum;
  };

  it.each<[name: string, loss: unknown, words: RegExp]>([
    ["async", async ({ x }: { x: tf.Tensor }) => tf.sum(x), /is async/],
    ["async, and fails later", async () => Promise.reject(new Error("late")), /is async/],
    ["without return", () => {}, /is a return missing\?/],
    ["a number", () => 3, /must return a tensor, not a number/],
    ["disposed by a tidy", disposedByTidy, /disposed: return it from tf\.tidy/],
    ["a list", ({ x }: { x: tf.Tensor }) => [tf.sum(x)], /not an array/],
    [
      "with a record of its own",
      ({ x }: { x: tf.Tensor }) => linearize((p) => tf.sum(p.x), { x }).loss,
      /a record inside a record.*tf\.grad/s,
    ],
  ])("%s", (_, loss, words) => {
    expect(never(loss)).toMatch(words);
  });

  it("with parameters that are no record", () => {
    const words = "the parameters must be tensors in a record by name, or in an array";
    for (const params of [null, undefined, 3, tf.ones([2])]) {
      expect(() => linearize(() => tf.scalar(0), params as never)).toThrow(words);
    }
  });

  it("but a constant may be made with a record of its own", () => {
    const loss: Loss = ({ x }) => {
      const inner = constant(() => linearize((p) => tf.sum(tf.pow(p.x, 3)), { x }));
      return tf.sum(tf.mul(tf.square(x), inner.gradient.x));
    };
    // 2·x·3x²
    const linearization = linearize(loss, { x: tf.tensor1d([1, 2]) });
    expect([...linearization.gradient.x.dataSync()]).toEqual([6, 48]);
  });
});

describe("verify", () => {
  beforeAll(() => useBackend("cpu"));

  const point = () => ({ x: tf.tensor1d([0.7, -0.4, 0.3]) });

  it("evaluates the loss by our rules, where those of tfjs are wrong", () => {
    const report = verify(({ x }) => tf.sum(tf.square(d(d(tf.tanh))(x))), point());
    expect(report.verdict).toBe("agrees");
  });

  it.each<[name: string, make: () => tf.Optimizer]>([
    ["momentum", () => tf.train.momentum(0.1, 0.9, true)],
    ["Adam", () => tf.train.adam(0.1)],
    ["RMSProp", () => tf.train.rmsprop(0.1)],
  ])("agrees on two steps of %s", (_, make) => {
    const loss: Loss = ({ x }) => {
      const [v, optimizer] = [tf.variable(x), make()];
      const inner = () => tf.sum(tf.pow(tf.tanh(v), 4)) as tf.Scalar;
      for (let step = 0; step < 2; step++) optimizer.minimize(inner, false, [v]);
      const after = tf.sum(tf.square(v));
      tf.dispose([v]);
      optimizer.dispose();
      return after;
    };
    expect(verify(loss, point()).verdict).toBe("agrees");
  });

  it("agrees on the slope of layers at their input", () => {
    const model = layers.sequential({
      layers: [
        layers.layers.conv2d({
          inputShape: [5, 5, 1],
          filters: 2,
          kernelSize: 3,
          activation: "elu",
        }),
        layers.layers.batchNormalization(),
        layers.layers.flatten(),
        layers.layers.dense({ units: 2, activation: "softmax" }),
      ],
    });
    const waves = (shape: number[], k: number) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return tf.reshape(tf.sin(tf.mul(k, tf.range(1, 1 + size))), shape);
    };
    model.setWeights(
      model.weights.map(({ name, shape }, k) => {
        const positive = /gamma|variance/.test(name);
        return positive ? tf.ones(shape as number[]) : waves(shape as number[], 1.1 + k);
      }),
    );
    const { params, apply } = layersModel(model, { training: true });
    const x = waves([3, 5, 5, 1], 0.7);
    const penalty = (p: typeof params) => {
      const of = (u: tf.Tensor) => tf.sum(tf.square(apply(p, u)));
      return tf.sum(tf.square(tf.grad(of)(x)));
    };
    expect(verify(penalty, params).verdict).toBe("agrees");
    // The model's own variables stand for what is given for them.
    const decay = (p: typeof params) => tf.mean(tf.square(apply(p, x))) as tf.Scalar;
    const byVariables = (p: typeof params) => {
      const { grads } = tf.variableGrads(() => decay(p));
      return tf.addN(Object.values(grads).map((slope) => tf.sum(tf.square(slope))));
    };
    const keys = Object.keys(params);
    const byGrads = (p: typeof params) => {
      const of = (...ws: tf.Tensor[]) => decay(Object.fromEntries(keys.map((k, i) => [k, ws[i]!])));
      const slopes = tf.grads(of)(Object.values(p) as tf.Tensor[]);
      return tf.addN(slopes.map((slope) => tf.sum(tf.square(slope))));
    };
    const [a, b] = [byVariables, byGrads].map((loss) => {
      const { gradient } = linearize(loss, params);
      return Object.values(gradient).flatMap((part) => [...part.dataSync()]);
    });
    expect(relativeError(a!, b!)).toBeLessThan(1e-6);
    model.dispose();
  });
});
