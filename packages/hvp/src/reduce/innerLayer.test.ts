import {
  type CurvatureOperator,
  constant,
  gaussNewton,
  hessian,
  type LossName,
  layoutOf,
  losses,
  mapTree,
  mse,
} from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak, FLOAT32, relativeError } from "../expectations.fixture.js";
import { dot } from "../parameters/vectors.js";
import { symmetricEigenvalues } from "../symmetricEigenvalues.fixture.js";
import { image, normalTensor } from "../tensors.fixture.js";

type Tree = Record<string, tf.Tensor>;

const SAMPLES = 2;
const INPUTS = 4;
const WIDTH = 12;
const CLASSES = 3;
const random = stream(12, "inner layers");

interface Data {
  readonly params: Tree;
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
}

interface Network {
  readonly name: string;
  readonly head: LossName;
  readonly activation: (x: tf.Tensor) => tf.Tensor;
  /** Hidden layers; all weights between them are restricted. */
  readonly hidden: number;
  readonly bias: boolean;
  /** Of the network's inputs; of an inner layer's inputs; of its output gradients. */
  readonly ranks?: readonly [number, number, number];
  readonly adapt?: (data: Data, outputs: (p: Tree, x: tf.Tensor) => tf.Tensor) => Partial<Data>;
}

const networks: Network[] = [
  { name: "tanh, squared error", head: "mse", activation: tf.tanh, hidden: 2, bias: true },
  { name: "relu, squared error", head: "mse", activation: tf.relu, hidden: 2, bias: false },
  { name: "tanh, cross-entropy", head: "ce", activation: tf.tanh, hidden: 2, bias: false },
  { name: "relu, cross-entropy, deeper", head: "ce", activation: tf.relu, hidden: 3, bias: true },
  { name: "no inner layer", head: "mse", activation: tf.tanh, hidden: 1, bias: true },
  {
    name: "a sample that is there twice, with two targets",
    ...{ head: "mse", activation: tf.tanh, hidden: 2, bias: true, ranks: [1, 1, 2] },
    adapt: ({ x }) => ({ x: tf.tile(tf.slice(x, 0, 1), [2, 1]) }),
  },
  {
    name: "a sample to which no unit answers",
    ...{ head: "mse", activation: tf.relu, hidden: 2, bias: true, ranks: [1, 1, 2] },
    // Its inputs are those of the other one turned round; the bias switches off what that turns on.
    adapt: ({ params, x }) => {
      const first = tf.slice(x, 0, 1);
      const b1 = tf.neg(tf.relu(tf.neg(tf.matMul(first, params.w1!))));
      return {
        x: tf.concat([first, tf.neg(first)]),
        params: { ...params, b1: tf.sub(tf.reshape(b1, [WIDTH]), 0.01) },
      };
    },
  },
  {
    name: "a sample without residual",
    ...{ head: "mse", activation: tf.tanh, hidden: 2, bias: true, ranks: [2, 2, 1] },
    adapt: ({ params, x, y }, outputs) => ({
      y: tf.concat([tf.slice(outputs(params, x), 0, 1), tf.slice(y, 1, 1)]),
    }),
  },
];

function outputsOf({ hidden, bias, activation }: Network) {
  return (p: Tree, x: tf.Tensor): tf.Tensor => {
    let a = x;
    for (let l = 1; l <= hidden + 1; l++) {
      const z = tf.matMul(a, p[`w${l}`]!);
      const shifted = bias ? tf.add(z, p[`b${l}`]!) : z;
      a = l <= hidden ? activation(shifted) : shifted;
    }
    return a;
  };
}

function dataOf(network: Network): Data {
  let fork = 0;
  const numbers = (scale: number, ...shape: number[]) =>
    normalTensor(random.fork(fork++), shape, scale);
  const sizes = [INPUTS, ...Array<number>(network.hidden).fill(WIDTH), CLASSES];
  const params: Tree = {};
  for (let l = 1; l < sizes.length; l++) {
    params[`w${l}`] = numbers(1.5 / Math.sqrt(sizes[l - 1]!), sizes[l - 1]!, sizes[l]!);
    if (network.bias) params[`b${l}`] = numbers(0.1, sizes[l]!);
  }
  const labels = tf.cast(tf.oneHot(tf.tensor1d([0, 2], "int32"), CLASSES), "float32");
  const data = { params, x: numbers(1, SAMPLES, INPUTS), y: labels };
  return { ...data, ...network.adapt?.(data, outputsOf(network)) };
}

/** A problem that is made anew for each test, and disposed. */
function withNetwork(
  network: Network,
  body: (data: Data, outputs: (p: Tree) => tf.Tensor) => void,
): void {
  const data = tf.tidy(() => dataOf(network) as unknown as tf.TensorContainer) as unknown as Data;
  expectNoLeak(() => body(data, (p) => outputsOf(network)(p, data.x)));
  tf.dispose([data.params, data.x, data.y]);
}

function matrixOf(operator: CurvatureOperator): Float64Array[] {
  return Array.from({ length: operator.n }, (_, k) =>
    image(
      operator,
      Float64Array.from({ length: operator.n }, (_, i) => (i === k ? 1 : 0)),
    ),
  );
}

/** Both spectra, made equally long by zeros: the largest difference, relative to the norm. */
function spectralDistance(a: readonly number[], b: readonly number[]): number {
  const length = Math.max(a.length, b.length);
  const padded = (values: readonly number[]) =>
    [...values, ...Array<number>(length - values.length).fill(0)].sort((x, y) => y - x);
  const [x, y] = [padded(a), padded(b)];
  const scale = Math.max(...x.map(Math.abs));
  return Math.max(...x.map((value, k) => Math.abs(value - y[k]!))) / scale;
}

describe.each(networks)("restricted layers: $name", (network) => {
  const { hidden, ranks = [2, 2, 2] } = network;
  const loss = losses[network.head];
  const both = ({ params, y }: Data, outputs: (p: Tree) => tf.Tensor) => {
    const chunks = [{ loss: (p: Tree) => loss(outputs(p), y), weight: 1 }];
    return [false, true].map((reduce) => hessian({ params, chunks, reduce })) as [
      ReturnType<typeof hessian>,
      ReturnType<typeof hessian>,
    ];
  };

  it("has the eigenvalues, and the gradient and its curvature, of the whole Hessian", () => {
    withNetwork(network, (data, outputs) => {
      const [full, reduced] = both(data, outputs);
      const inner = (hidden - 1) * (WIDTH ** 2 - (ranks[1] + ranks[2]) * WIDTH);
      expect(full.n - reduced.n).toBe((INPUTS - ranks[0]) * WIDTH + inner);
      const [whole, few] = [full, reduced].map((h) => symmetricEigenvalues(matrixOf(h)));
      expect(spectralDistance(whole!, few!)).toBeLessThan(FLOAT32);
      expect(relativeError(reduced.lift(reduced.gradient), full.gradient)).toBeLessThan(FLOAT32);
      const [along, expected] = [reduced, full].map((h) => [
        dot(h.gradient, h.gradient),
        dot(h.gradient, image(h, h.gradient)),
      ]);
      expect(relativeError(along!, expected!)).toBeLessThan(2 * FLOAT32);
      full.dispose();
      reduced.dispose();
    });
  });

  it("multiplies as the whole Hessian does, whatever the direction", () => {
    withNetwork(network, (data, outputs) => {
      const [full, reduced] = both(data, outputs);
      for (let direction = 0; direction < 3; direction++) {
        const z = random.fork(100 + direction).normals(reduced.n);
        const lifted = reduced.lift(image(reduced, z));
        expect(relativeError(lifted, image(full, reduced.lift(Float32Array.from(z))))).toBeLessThan(
          2 * FLOAT32,
        );
      }
      full.dispose();
      reduced.dispose();
    });
  });

  it("gives the Gauss–Newton matrix its coordinates, and the dual's eigenvectors", () => {
    withNetwork(network, (data, outputs) => {
      const { params, y } = data;
      const [full, reduced] = both(data, outputs);
      const chunks = [{ outputs, targets: y, weight: 1 }];
      const g = gaussNewton({ params, chunks, head: loss, reduce: reduced.span! });
      const whole = gaussNewton({ params, chunks, head: loss });
      expect(g.n).toBe(reduced.n);
      const slope = image(whole, full.gradient);
      expect(relativeError(g.lift(image(g, reduced.gradient)), slope)).toBeLessThan(2 * FLOAT32);
      const [dual, expected] = [reduced.gaussNewtonDual()!, full.gaussNewtonDual()!];
      expect(relativeError(dual.matrix, expected.matrix)).toBeLessThan(FLOAT32);
      const w = random.fork(200).normals(dual.n);
      const [v] = dual.lift([w]) as [Float32Array];
      expect(relativeError(reduced.lift(v), expected.lift([w])[0]!)).toBeLessThan(FLOAT32);
      const product = Float64Array.from({ length: dual.n }, (_, i) =>
        dot(dual.matrix.subarray(i * dual.n, (i + 1) * dual.n), w),
      );
      expect(relativeError(dual.lift([product])[0]!, image(g, v))).toBeLessThan(3 * FLOAT32);
      for (const made of [dual, expected, g, whole, full, reduced]) made.dispose();
    });
  });
});

describe("one product a·W of two parameters, squared error, W = 0", () => {
  const [d, h] = [6, 6];
  const a = Array.from(random.fork(300).normals(d));
  const y = Array.from(random.fork(301).normals(h));
  /** ±2‖y‖ belong to directions of W outside of a, which only the output gradient sees. */
  const outer = 2 * Math.hypot(...y);
  const square = dot(a, a);
  const root = Math.hypot(square, outer);
  const expected = [
    ...[square + root, square - root],
    ...Array<number>(h - 1).fill(2 * square),
    ...Array<number>(d - 1).fill(outer),
    ...Array<number>(d - 1).fill(-outer),
  ];

  it("has the eigenvalues of the closed form; without Z₂ it would not", () => {
    const params = [tf.tensor2d([a]), tf.zeros([d, h])];
    const target = tf.tensor2d([y]);
    expectNoLeak(() => {
      const loss = ([a, w]: readonly tf.Tensor[]) => mse(tf.matMul(a!, w!), target);
      const operator = hessian({ params, chunks: [{ loss, weight: 1 }], reduce: true });
      expect(operator.n).toBe(d + h + d);
      const matrix = matrixOf(operator);
      expect(spectralDistance(expected, symmetricEigenvalues(matrix))).toBeLessThan(FLOAT32);
      const inside = matrix.slice(0, d + h).map((row) => row.subarray(0, d + h));
      expect(spectralDistance(expected, symmetricEigenvalues(inside))).toBeGreaterThan(0.1);
      operator.dispose();
    });
    tf.dispose([params, target]);
  });
});

describe("what enters elsewhere too, or has no influence, keeps all its weights", () => {
  const network = networks[0]!;
  const other = tf.ones([3, WIDTH]);
  const again = (p: Tree) => tf.mean(tf.matMul(other, p.w2!));
  const cases: Record<string, (p: Tree, data: Data, f: (p: Tree) => tf.Tensor) => tf.Tensor> = {
    "weight decay": (p, { y }, f) => tf.add(mse(f(p), y), tf.sum(tf.square(p.w2!))),
    "a second product": (p, { y }, f) => tf.add(mse(f(p), y), again(p)),
    "a second product that counts as constant": (p, { y }, f) =>
      tf.add(
        mse(f(p), y),
        constant(() => again(p)),
      ),
    "no residual at all": (p, { params }, f) => mse(f(p), f(params)),
  };

  it.each(Object.keys(cases))("%s", (name) => {
    withNetwork(network, (data, f) => {
      const { params } = data;
      const copies = mapTree(params, (p) => p.clone());
      const chunks = [{ loss: (p: Tree) => cases[name]!(p, data, f), weight: 1 }];
      const tried = hessian({ params: copies, chunks, reduce: true });
      expect(tried.n).toBe(layoutOf(params).size - (INPUTS - SAMPLES) * WIDTH);
      tried.dispose();
      tf.dispose(copies);
    });
  });

  it("in a loss that is not finite, too", () => {
    withNetwork(network, (data, f) => {
      const { params, y } = data;
      const loss = (p: Tree) => tf.mul(mse(f(p), y), Number.NaN);
      const tried = hessian({ params, chunks: [{ loss, weight: 1 }], reduce: true });
      expect(tried.n).toBe(layoutOf(params).size - (INPUTS - SAMPLES) * WIDTH);
      expect(tried.loss).toBeNaN();
      tried.dispose();
    });
  });
});

describe("a span given to another operator", () => {
  it("is refused where the function uses the weights in another way, and for several chunks", () => {
    const network = networks[0]!;
    withNetwork(network, ({ params, y }, f) => {
      const loss = (p: Tree) => mse(f(p), y);
      const { span, dispose } = hessian({ params, chunks: [{ loss, weight: 1 }], reduce: true });
      const another = (p: Tree) => mse(f({ ...p, w2: tf.neg(p.w2!) }), y);
      const twice = (p: Tree) => tf.add(loss(p), loss(p));
      for (const wrong of [another, twice]) {
        const chunks = [{ loss: wrong, weight: 1 }];
        expect(() => hessian({ params, chunks, reduce: span! })).toThrow(/parameter w\d enters/);
      }
      const half = { loss, weight: 0.5 };
      expect(() => hessian({ params, chunks: [half, half], reduce: span! })).toThrow(RangeError);
      dispose();
    });
  });
});
