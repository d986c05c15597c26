import { type CurvatureOperator, constant, gaussNewton, hessian, losses, mse } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak, FLOAT32, relativeError } from "../expectations.fixture.js";
import { curvatureCases } from "../operators/curvatureCases.fixture.js";
import { dot } from "../parameters/vectors.js";
import { image, normalTensors } from "../tensors.fixture.js";

const random = stream(6, "dual");
const numbers = normalTensors(random);

type Dual = NonNullable<ReturnType<ReturnType<typeof hessian>["gaussNewtonDual"]>>;

/** M·w */
function times({ n, matrix }: Dual, w: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * w[j]!;
    return sum;
  });
}

/** G·(Jᵀ·B·w) = Jᵀ·B·(M·w) and ‖Jᵀ·B·w‖² = wᵀ·M·w, for any w; and the trace if it is known. */
function expectDualOf(dual: Dual, product: (v: Float32Array) => ArrayLike<number>): void {
  for (let direction = 0; direction < 4; direction++) {
    const w = random.fork(100 + direction).normals(dual.n);
    const image = times(dual, w);
    const [v, lifted] = dual.lift([w, image]) as [Float32Array, Float32Array];
    expect(dot(v, v) / dot(w, image)).toBeCloseTo(1, 5);
    expect(relativeError(lifted, product(v))).toBeLessThan(3 * FLOAT32);
  }
}

const trace = (dual: Dual) =>
  Array.from({ length: dual.n }, (_, i) => dual.matrix[i * dual.n + i]!).reduce((a, b) => a + b);

const whole = curvatureCases.filter(({ chunkSize }) => chunkSize === 7);

describe.each(whole)("gaussNewtonDual against the dense matrix: $name", ({ loss, ...problem }) => {
  it("has its eigenvectors and trace", () => {
    const expected = problem.dense().gaussNewton;
    expectNoLeak(() => {
      const { params, chunks, dispose } = problem.tensors();
      const [{ outputs, targets }] = chunks as [(typeof chunks)[0]];
      const operator = hessian({
        params,
        chunks: [{ loss: (p: typeof params) => loss(outputs(p), targets), weight: 1 }],
      });
      const dual = operator.gaussNewtonDual()!;
      expect(dual.n).toBe(14);
      expectDualOf(dual, (v) => expected.map((row) => dot(row, v)));
      const total = expected.reduce((sum, row, i) => sum + row[i]!, 0);
      expect(trace(dual) / total).toBeCloseTo(1, 5);
      dual.dispose();
      operator.dispose();
      dispose();
    });
  });
});

type Tree = Record<string, tf.Tensor>;
const deep = (): Tree => ({
  w1: numbers(20, 5),
  b1: numbers(5),
  w2: numbers(5, 4),
  w3: numbers(4, 3),
  b3: numbers(3),
});
/** Without a bias in the middle, with several functions in a row and constants among them. */
const deepNetwork = (x: tf.Tensor) => (p: Tree) => {
  const first = tf.relu(tf.add(tf.matMul(x, p.w1!), p.b1!));
  const second = tf.matMul(tf.add(first, 0.25), p.w2!);
  return tf.add(tf.matMul(tf.mul(tf.tanh(second), tf.sigmoid(second)), p.w3!), p.b3!);
};

it.each(["mse", "ce"] as const)(
  "holds in the span of the inputs and through other layers: %s",
  (name) => {
    const params = deep();
    const x = numbers(4, 20);
    const targets = tf.tidy(() => tf.softmax(numbers(4, 3)));
    const loss = losses[name];
    expectNoLeak(() => {
      const chunks = [{ outputs: deepNetwork(x), targets, weight: 1 }];
      const operators: CurvatureOperator[] = [];
      for (const reduce of [false, true]) {
        const h = hessian({
          params,
          chunks: [{ loss: (p: Tree) => loss(deepNetwork(x)(p), targets), weight: 1 }],
          reduce,
        });
        const g = gaussNewton({ params, chunks, head: loss, reduce });
        const dual = h.gaussNewtonDual()!;
        expectDualOf(dual, (v) => image(g, v));
        dual.dispose();
        operators.push(h, g);
      }
      for (const operator of operators) operator.dispose();
    });
    tf.dispose([params, x, targets]);
  },
);

describe("losses of another form have none", () => {
  const x = numbers(4, 20);
  const y = numbers(4, 3);
  const cases: Record<string, (p: Tree) => tf.Tensor> = {
    "weight decay": (p) => tf.add(mse(deepNetwork(x)(p), y), tf.sum(tf.square(p.w2!))),
    "a way around a layer": (p) => {
      const first = tf.tanh(tf.matMul(x, p.w1!));
      const last = tf.matMul(tf.matMul(first, p.w2!), p.w3!);
      return mse(
        tf.add(last, tf.add(tf.slice(first, [0, 0], [4, 3]), tf.add(p.b3!, tf.sum(p.b1!)))),
        y,
      );
    },
    "samples that mix": (p) => {
      const first = tf.add(tf.matMul(x, p.w1!), p.b1!);
      const centred = tf.sub(first, tf.mean(first, 0, true));
      return mse(tf.add(tf.matMul(tf.matMul(centred, p.w2!), p.w3!), p.b3!), y);
    },
    "a layer used twice": (p) => {
      const square = constant(() => tf.eye(4));
      const second = tf.matMul(tf.add(tf.matMul(x, p.w1!), p.b1!), p.w2!);
      const again = tf.matMul(tf.matMul(second, square as tf.Tensor2D), p.w3!);
      return mse(tf.add(tf.add(again, tf.matMul(second, p.w3!)), p.b3!), y);
    },
    "a parameter without influence": (p) =>
      mse(tf.matMul(tf.matMul(tf.matMul(x, p.w1!), p.w2!), p.w3!), y),
  };

  it.each(Object.keys(cases))("%s", (name) => {
    const params = deep();
    expectNoLeak(() => {
      const operator = hessian({ params, chunks: [{ loss: cases[name]!, weight: 1 }] });
      expect(operator.gaussNewtonDual()).toBeUndefined();
      operator.dispose();
    });
    tf.dispose(params);
  });

  it("more outputs than asked for, and several chunks", () => {
    const params = deep();
    const chunk = { loss: (p: Tree) => mse(deepNetwork(x)(p), y), weight: 1 };
    const one = hessian({ params, chunks: [chunk] });
    expect(one.gaussNewtonDual({ largest: 11 })).toBeUndefined();
    const half = { ...chunk, weight: 0.5 };
    const two = hessian({ params, chunks: [half, half] });
    expect(two.gaussNewtonDual()).toBeUndefined();
    one.dispose();
    two.dispose();
    tf.dispose(params);
  });
});

it("is symmetric where the backend rounds mirrored entries of a product differently", () => {
  const kernel = tf.getKernel("BatchMatMul", "cpu");
  const { kernelFunc } = kernel;
  kernel.kernelFunc = (args) => {
    const out = kernelFunc(args) as tf.TensorInfo;
    const values = tf.backend().readSync(out.dataId) as Float32Array;
    // The last bit of every other entry: of a pair in an even number of columns, of one of them.
    for (let i = 1; i < values.length; i += 2) values[i]! *= 1 + 2 ** -23;
    return out;
  };
  try {
    const params = deep();
    const [x, y] = [numbers(6, 20), numbers(6, 3)];
    const operator = hessian({
      params,
      chunks: [{ loss: (p: Tree) => mse(deepNetwork(x)(p), y), weight: 1 }],
    });
    const { n, matrix, dispose } = operator.gaussNewtonDual()!;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) expect(matrix[i * n + j]).toBe(matrix[j * n + i]);
    }
    dispose();
    operator.dispose();
    tf.dispose([params, x, y]);
  } finally {
    kernel.kernelFunc = kernelFunc;
  }
});
