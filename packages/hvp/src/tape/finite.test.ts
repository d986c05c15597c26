import { denseGradientMoments, disposeTree, gradient, jacobian, linearize } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  type MockInstance,
  vi,
} from "vitest";
import { Bounds } from "./bounds.js";
import { areFinite } from "./finite.js";
import "../backend.fixture.js";
import { useBackend } from "../backends.fixture.js";
import { expectNoLeak } from "../expectations.fixture.js";

type Function = (x: tf.Tensor) => tf.Tensor;

describe("a derivative that is not finite where the loss is", () => {
  let warnings: MockInstance;
  beforeEach(() => {
    warnings = vi.spyOn(console, "warn").mockImplementation(() => {});
  });
  afterEach(() => warnings.mockRestore());

  const said = () => warnings.mock.calls.map(([text]) => text as string);

  /** The warnings of the gradient, then those of the first and second product. */
  const warningsOf = (f: Function, at: number[]): [string[], string[]] => {
    const params = { x: tf.tensor1d(at) };
    const ones = { x: tf.onesLike(params.x) };
    let first: string[] = [];
    expectNoLeak(() => {
      const linearization = linearize(({ x }) => tf.sum(f(x)), params);
      first = said();
      disposeTree(linearization.hvp(ones));
      disposeTree(linearization.hvp(ones));
      linearization.dispose();
    });
    const second = said().slice(first.length);
    warnings.mockClear();
    const again = gradient(({ x }) => tf.sum(f(x)), params);
    tf.dispose([again.loss, again.gradient]);
    expect(said()).toEqual(first);
    tf.dispose([params, ones]);
    return [first, second];
  };

  it.each([
    ["Sqrt", (x) => tf.where(tf.greater(x, 0), tf.sqrt(x), tf.zerosLike(x)), [4, -1]],
    ["Sqrt", (x) => tf.sqrt(tf.sum(tf.square(x))), [0, 0]],
    ["Log", (x) => tf.where(tf.greater(x, 0), tf.log(x), tf.zerosLike(x)), [1, 0]],
    ["Pow", (x) => tf.pow(x, 0.5), [1, 0]],
    ["Atan2", (x) => tf.atan2(x, tf.square(x)), [0]],
    ["Reciprocal", (x) => tf.where(tf.equal(x, 0), x, tf.reciprocal(x)), [0, 2]],
    ["RealDiv", (x) => tf.where(tf.equal(x, 0), x, tf.div(1, x)), [0, 2]],
    ["Rsqrt", (x) => tf.where(tf.greater(x, 0), tf.rsqrt(x), x), [1, 0]],
    ["Asin", (x) => tf.asin(x), [1]],
    ["Atanh", (x) => tf.where(tf.less(x, 1), tf.atanh(x), x), [0.5, 1]],
    ["Multiply", (x) => tf.mul(tf.mul(x, 1e30), 1e30), [1e-30]],
  ] as Array<[string, Function, number[]]>)("%s is named, case %#", (op, f, at) => {
    const [first] = warningsOf(f, at);
    expect(first).toHaveLength(1);
    expect(first[0]).toContain(`the gradient holds NaN`);
    expect(first[0]).toContain(`derivative of ${op},`);
  });

  it("is said of a product where the gradient is finite, once", () => {
    const [first, second] = warningsOf((x) => tf.pow(x, 1.5), [1, 0]);
    expect(first).toEqual([]);
    expect(second).toHaveLength(1);
    expect(second[0]).toContain("the Hessian-vector product");
    expect(second[0]).toContain("derivative of Pow,");
  });

  it("is said of the products of a Jacobian", () => {
    const params = { x: tf.tensor1d([4, 0]) };
    const j = jacobian(({ x }) => tf.sqrt(x), params);
    j.vjp(tf.ones([2]));
    j.vjp(tf.ones([2]));
    j.jvp(params);
    j.dispose();
    expect(said()).toHaveLength(2);
    for (const text of said()) expect(text).toContain("derivative of Sqrt,");
  });

  it.each([
    [
      "the argument is chosen",
      (x) => tf.sqrt(tf.where(tf.greater(x, 0), x, tf.onesLike(x))),
      [4, -1],
    ],
    ["the norm is 0", (x) => tf.norm(x), [0, 0]],
    ["a power is 0", (x) => tf.pow(x, 2), [0, 0]],
    ["a sum overflows that is none of its", (x) => tf.mul(x, 3e38), [0, 0]],
    ["the loss is not finite", (x) => tf.log(x), [1, 0]],
  ] as Array<[string, Function, number[]]>)("is not, and nothing is said: %s", (_, f, at) => {
    expect(warningsOf(f, at)).toEqual([[], []]);
  });

  it("the norm has the derivatives 0 at 0, as in PyTorch, and its own elsewhere", () => {
    const params = { x: tf.tensor1d([0, 0]), y: tf.tensor1d([3, 4]) };
    const v = { x: tf.tensor1d([1, 2]), y: tf.tensor1d([4, -3]) };
    const linearization = linearize(({ x, y }) => tf.add(tf.norm(x), tf.norm(y)), params);
    expect([...linearization.gradient.x.dataSync()]).toEqual([0, 0]);
    expect([...linearization.gradient.y.dataSync()][0]).toBeCloseTo(0.6, 6);
    const product = linearization.hvp(v);
    expect([...product.x.dataSync()]).toEqual([0, 0]);
    // (I − u·uᵀ)·v/‖y‖ with v orthogonal to y
    expect([...product.y.dataSync()][0]).toBeCloseTo(0.8, 6);
    linearization.dispose();
  });

  it("divNoNan has the derivatives 0 where the divisor is, as in TensorFlow, and its own elsewhere", () => {
    const params = { a: tf.tensor1d([0, 3, 6]), b: tf.tensor1d([0, 0, 2]) };
    const numbers = (part: tf.Tensor) => [...tf.add(part, 0).dataSync()]; // −0 + 0 is 0
    const v = { a: tf.onesLike(params.a), b: tf.onesLike(params.b) };
    const linearization = linearize(({ a, b }) => tf.sum(tf.divNoNan(a, b)), params);
    // 6/2: 1/b, −a/b²
    expect(numbers(linearization.gradient.a)).toEqual([0, 0, 0.5]);
    expect(numbers(linearization.gradient.b)).toEqual([0, 0, -1.5]);
    const product = linearization.hvp(v);
    // −1/b², and −1/b² + 2a/b³
    expect(numbers(product.a)).toEqual([0, 0, -0.25]);
    expect(numbers(product.b)).toEqual([0, 0, 1.25]);
    expect(said()).toEqual([]);
    linearization.dispose();
  });

  it("divNoNan of a tensor over one divisor for all, and inside a differentiation", () => {
    const params = { a: tf.tensor1d([1, 2]), b: tf.scalar(0), c: tf.scalar(2) };
    const { gradient: g, dispose } = linearize(({ a, b, c }) => {
      const slope = tf.grad((x) => tf.sum(tf.divNoNan(x, c)));
      return tf.add(tf.sum(tf.divNoNan(a, b)), tf.sum(slope(a)));
    }, params);
    expect([...g.a.dataSync()]).toEqual([0, 0]);
    expect(g.b.dataSync()[0]).toBe(0);
    expect(g.c.dataSync()[0]).toBe(-0.5); // d(2/c)/dc
    expect(said()).toEqual([]);
    dispose();
  });
});

describe.each(["wasm", "cpu"] as const)(
  "large gradients, of which the factors are looked at, on %s",
  (name) => {
    let warnings: MockInstance;
    beforeAll(() => useBackend(name));
    afterAll(() => useBackend("cpu"));
    beforeEach(() => {
      warnings = vi.spyOn(console, "warn").mockImplementation(() => {});
    });
    afterEach(() => warnings.mockRestore());

    const said = () => warnings.mock.calls.map(([text]) => text as string);
    const [rows, wide, out] = [4, 512, 48];
    /** [4, 512] of small numbers, and others at some places. */
    const inputs = (...others: Array<[at: number, value: number]>) => {
      const values = Float32Array.from({ length: rows * wide }, (_, i) => Math.sin(i));
      for (const [at, value] of others) values[at] = value;
      return tf.tensor2d(values, [rows, wide]);
    };
    const weights = () => ({ w: tf.zeros([wide, out]), b: tf.zeros([out]) });
    type Params = ReturnType<typeof weights>;
    type Loss = (p: Params, x: tf.Tensor2D) => tf.Tensor;
    const layer = ({ w, b }: Params, x: tf.Tensor) => tf.add(tf.matMul(x, w), b);

    const warningsOf = (loss: Loss, x: tf.Tensor2D): [string[], string[]] => {
      const params = weights();
      const v = { w: tf.ones([wide, out]), b: tf.ones([out]) } as Params;
      const linearization = linearize((p) => loss(p as Params, x), params);
      const first = said();
      disposeTree(linearization.hvp(v));
      disposeTree(linearization.hvp(v));
      const second = said().slice(first.length);
      linearization.dispose();
      warnings.mockClear();
      const again = gradient((p) => loss(p as Params, x), params);
      expect(said()).toEqual(first);
      tf.dispose([again.loss, again.gradient, params, v, x]);
      return [first, second];
    };

    it("nothing is said where all is well", () => {
      expect(warningsOf((p, x) => tf.mean(tf.square(layer(p, x))), inputs())).toEqual([[], []]);
    });

    it.each(
      [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].flatMap((value) =>
        [0, 7, rows * wide - 1].map((at) => [value, at] as const),
      ),
    )("%d at %d of the inputs, in a row that the loss leaves out", (value, at) => {
      const row = Math.floor(at / wide);
      const used = tf.tensor2d(
        [0, 1, 2, 3].map((r) => [r === row ? 0 : 1]),
        [rows, 1],
        "bool",
      );
      const loss: Loss = (p, x) => {
        const y = layer(p, x);
        return tf.mean(tf.square(tf.where(tf.tile(used, [1, out]), y, tf.zerosLike(y))));
      };
      const [first] = warningsOf(loss, inputs([at, value]));
      expect(first).toHaveLength(1);
      expect(first[0]).toContain("derivative of BatchMatMul,");
    });

    it("a slope that is not finite", () => {
      const [first] = warningsOf((p, x) => tf.sum(tf.sqrt(tf.square(layer(p, x)))), inputs());
      expect(first).toHaveLength(1);
      expect(first[0]).toContain("derivative of Sqrt,");
    });

    it("an overflow of the product alone", () => {
      const loss: Loss = (p, x) => tf.sum(tf.mul(layer(p, x), 1e20));
      const [first] = warningsOf(loss, inputs([5, 1e19]));
      expect(first).toHaveLength(1);
      expect(first[0]).toContain("derivative of BatchMatMul,");
    });

    it("an overflow of a sum of products that are numbers themselves", () => {
      const loss: Loss = (p, x) =>
        tf.add(tf.sum(tf.mul(layer(p, x), 2e19)), tf.sum(tf.mul(layer(p, tf.add(x, 0)), 2e19)));
      const [first] = warningsOf(loss, inputs([5, 1e19]));
      expect(first).toHaveLength(1);
      expect(first[0]).toContain("sum or product that is larger");
    });

    it("an overflow of the bias gradient alone", () => {
      const loss: Loss = (p, x) => tf.sum(tf.mul(layer(p, x), 1e38));
      const [first] = warningsOf(loss, tf.mul(inputs(), 1e-3) as tf.Tensor2D);
      expect(first).toHaveLength(1);
    });

    it("a product with a Hessian alone, and of a later direction alone", () => {
      const loss: Loss = (p, x) => tf.sum(tf.pow(tf.abs(layer(p, x)), 1.5));
      const [first, second] = warningsOf(loss, inputs());
      expect(first).toEqual([]);
      expect(second).toHaveLength(1);
      warnings.mockClear();
      const params = weights();
      const x = tf.ones([rows, wide]);
      const linearization = linearize((p) => tf.sum(tf.square(layer(p as Params, x))), params);
      const along = (size: number) => ({ w: tf.fill([wide, out], size), b: tf.zeros([out]) });
      disposeTree(linearization.hvp(along(1)));
      expect(said()).toEqual([]);
      disposeTree(linearization.hvp(along(1e37)));
      expect(said()).toHaveLength(1);
    });

    it("filters of a convolution, and rows of an embedding", () => {
      const params = { filter: tf.zeros([3, 3, 32, 64]), table: tf.zeros([1000, 32]) };
      const image = (value: number) =>
        tf.tensor4d(new Float32Array(4 * 4 * 32).fill(1).with(9, value), [1, 4, 4, 32]);
      const rows = tf.tensor1d([1, 2, 2], "int32");
      const both = (value: number, scale: number) => (p: typeof params) =>
        tf.add(
          tf.sum(tf.mul(tf.conv2d(image(value), p.filter as tf.Tensor4D, 1, "same"), 1e20)),
          tf.sum(tf.mul(tf.gather(p.table, rows), scale)),
        );
      const numberSaid = (value: number, scale: number) => {
        warnings.mockClear();
        const { loss, gradient: g } = gradient(both(value, scale) as never, params);
        tf.dispose([loss, g]);
        return said().length;
      };
      expect([numberSaid(1, 1), numberSaid(1e19, 1), numberSaid(1, 2e38)]).toEqual([0, 1, 1]);
    });
  },
);

describe("moments of gradients in closed form", () => {
  it.each([
    [1, true],
    [1e15, true],
    [1e25, false],
    [Number.NaN, false],
  ])("are given where their squares are float32 numbers: slopes of %d", (scale, given) => {
    const params = { w: tf.ones([3, 2]) };
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const loss = ({ w }: typeof params) =>
      tf.mul(tf.mean(tf.matMul(x, w as tf.Tensor2D)), scale) as tf.Scalar;
    const moments = denseGradientMoments({ params, chunks: [{ loss, weight: 1, samples: 2 }] });
    expect(moments !== undefined).toBe(given);
    tf.dispose([params, x]);
  });
});

describe("bounds of products", () => {
  beforeAll(() => useBackend("wasm"));
  afterAll(() => useBackend("cpu"));

  it("assure of numbers without a look at the product, and of nothing else, wherever it is", () => {
    const healthy = Float32Array.from({ length: 512 }, (_, i) => Math.cos(i));
    const ofFactors = (a: Float32Array, b: Float32Array) =>
      tf.tidy(() => {
        const [left, right] = [tf.tensor2d(a, [256, 2]), tf.tensor2d(b, [2, 256])];
        const bounds = new Bounds();
        const product = tf.matMul(left, right);
        bounds.note("BatchMatMul", { a: left, b: right }, product);
        const doubled = tf.add(product, product);
        bounds.note("Add", { a: product, b: product }, doubled);
        const other = tf.relu(product);
        bounds.note("Relu", { x: product }, other);
        const shaped = tf.reshape(product, [64, 1024]);
        return [product, doubled, shaped, other].map((t) => bounds.assures(t));
      });
    expect(ofFactors(healthy, healthy)).toEqual([true, true, true, false]);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -Infinity, 3e38]) {
      for (let at = 0; at < 512; at += 17) {
        const other = healthy.with(at, value);
        expect(ofFactors(other, healthy)).toEqual([false, false, false, false]);
        expect(ofFactors(healthy, other)).toEqual([false, false, false, false]);
      }
    }
  });

  it("hold for what they bound", () => {
    const large = Float32Array.from({ length: 512 }, (_, i) => 1e18 * Math.cos(i));
    tf.tidy(() => {
      const [a, b] = [tf.tensor2d(large, [256, 2]), tf.tensor2d(large, [2, 256])];
      const bounds = new Bounds();
      const product = tf.matMul(a, b);
      bounds.note("BatchMatMul", { a, b }, product);
      // ‖a‖·‖b‖ = 2.6e38, though no entry is above 2e36.
      expect(bounds.assures(product)).toBe(false);
      expect(areFinite([product])).toBe(true);
    });
  });
});

describe("large tensors on wasm, which are looked at by means over rows", () => {
  beforeAll(() => useBackend("wasm"));
  afterAll(() => useBackend("cpu"));

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%d is seen",
    (value) => {
      for (const [rows, columns] of [
        [3072, 10],
        [1, 20000],
        [20000, 1],
        [130, 513],
      ] as const) {
        const size = rows * columns;
        for (const at of [0, 7, size >> 1, size - 1]) {
          const values = new Float32Array(size).fill(0.5);
          const [finite, other] = [values, values.with(at, value)].map((v) =>
            tf.tensor2d(v, [rows, columns]),
          );
          expect([areFinite([finite!]), areFinite([other!])]).toEqual([true, false]);
          tf.dispose([finite, other]);
        }
      }
    },
  );
});
