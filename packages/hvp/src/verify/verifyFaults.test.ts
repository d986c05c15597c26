import {
  constant,
  type Decomposition,
  formatReport,
  type GradientRule,
  type RuleNode,
  registerRule,
  UnrepeatableLossError,
  verify,
} from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { decompositionOf, ruleFor } from "../rules/registry.js";
import "../backend.fixture.js";

type Params = Readonly<Record<string, tf.Tensor>>;
type Adjoints = ReturnType<GradientRule["gradient"]>;

const wave = (shape: number[], k: number, scale = 0.7) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
      Math.fround(scale * Math.sin(k * (i + 1) + 0.3)),
    ),
    shape,
  );

const params: Params = {
  x: wave([3, 4], 1.3),
  w: wave([4, 4], 2.1),
  b: wave([4], 0.9),
  square: wave([4, 4], 3.7),
  image: wave([1, 4, 4, 2], 1.9),
  filter: wave([2, 2, 2, 2], 2.7),
};
const matMul = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);
const image = (p: Params) => p.image as tf.Tensor4D;
const filter = (p: Params) => p.filter as tf.Tensor4D;
const positive = (x: tf.Tensor) => tf.add(tf.square(x), 0.5);

/** A scalar of which first and second derivative of f count. */
const lossOf = (f: (p: Params) => tf.Tensor) => (p: Params) => {
  const y = f(p);
  return tf.sum(tf.mul(y, tf.add(y, wave(y.shape, 5.3))));
};

/** A rule with other adjoints. */
const adjusted =
  (change: (adjoints: Adjoints, node: RuleNode) => Adjoints) =>
  (right: GradientRule): GradientRule => ({
    ...right,
    gradient: (node) => change(right.gradient(node), node),
  });

const each = (change: (adjoint: tf.Tensor, node: RuleNode) => tf.Tensor) =>
  adjusted((adjoints, node) =>
    Object.fromEntries(
      Object.entries(adjoints).map(([name, of]) => [name, () => change(of(), node)]),
    ),
  );

const factor = (by: number) => each((adjoint) => tf.mul(adjoint, by));
const sign = factor(-1);
/** The adjoint of an input is forgotten. */
const missing = (name: string) =>
  adjusted((adjoints, node) => ({ ...adjoints, [name]: () => tf.zeros(node.shapeOf(name)) }));
/** Adjoints go to each other's inputs. */
const swapped = (a: string, b: string) =>
  adjusted((adjoints) => ({ ...adjoints, [a]: adjoints[b]!, [b]: adjoints[a]! }));
/** Saved values count as constants: the first derivative is right, the second is not. */
const cut = (right: GradientRule): GradientRule => ({
  ...right,
  gradient: (node) =>
    right.gradient({
      ...node,
      input: (name) => constant(() => tf.clone(node.input(name))),
      output: () => constant(() => tf.clone(node.output())),
    }),
});
/** Another rule altogether. */
const rule =
  (gradient: GradientRule["gradient"], saved: Partial<GradientRule> = {}) =>
  (right: GradientRule): GradientRule => ({ ...right, ...saved, gradient });
const decomposed =
  (decompose: Decomposition["decompose"]) =>
  (_: unknown, kernelName: string): Decomposition => ({ kernelName, decompose });

type Fault = (right: GradientRule, kernelName: string) => GradientRule | Decomposition;

const faults: [kernel: string, kind: string, fault: Fault, f: (p: Params) => tf.Tensor][] = [
  // Wrong factors and signs.
  ["Tanh", "factor", factor(1.25), ({ x }) => tf.tanh(x!)],
  ["Tanh", "a factor of one in fifty", factor(1.02), ({ x }) => tf.tanh(x!)],
  ["Sigmoid", "sign", sign, ({ x }) => tf.sigmoid(x!)],
  ["Exp", "factor", factor(0.5), ({ x }) => tf.exp(x!)],
  ["Log", "sign", sign, ({ x }) => tf.log(positive(x!))],
  ["Mean", "factor: it forgets to divide", factor(3), ({ x }) => tf.mean(x!, 0)],
  ["Neg", "sign", sign, ({ x }) => tf.neg(tf.square(x!))],
  ["Conv2D", "factor", factor(2), (p) => tf.conv2d(image(p), filter(p), 1, "valid")],
  ["Softplus", "factor", factor(1.1), ({ x }) => tf.softplus(x!)],
  ["Sqrt", "factor", factor(2), ({ x }) => tf.sqrt(positive(x!))],
  // Missing terms.
  ["BatchMatMul", "missing term", missing("b"), ({ x, w }) => matMul(x!, w!)],
  ["RealDiv", "missing term", missing("b"), ({ x, b }) => tf.div(x!, positive(b!))],
  ["Multiply", "missing term", missing("a"), ({ x, b }) => tf.mul(x!, b!)],
  ["Sub", "missing term", missing("b"), ({ x, b }) => tf.sub(x!, b!)],
  ["Pow", "missing term", missing("b"), ({ x, b }) => tf.pow(positive(x!), b!)],
  ["Concat", "missing term", missing("1"), ({ x, w }) => tf.concat([tf.square(x!), w!])],
  [
    "Softmax",
    "missing term: the diagonal alone",
    rule(({ dy, output }) => ({
      logits: () => tf.mul(dy, tf.mul(output(), tf.sub(1, output()))),
    })),
    ({ x }) => tf.softmax(x!),
  ],
  // What should vary counts as a constant.
  ["Tanh", "constant", cut, ({ x }) => tf.tanh(x!)],
  ["Sigmoid", "constant", cut, ({ x }) => tf.sigmoid(x!)],
  ["Exp", "constant", cut, ({ x }) => tf.exp(x!)],
  ["Softmax", "constant", cut, ({ x }) => tf.softmax(x!)],
  ["Elu", "constant", cut, ({ x }) => tf.elu(x!)],
  ["BatchMatMul", "constant", cut, ({ x, w }) => matMul(tf.tanh(x!), w!)],
  ["Conv2D", "constant", cut, (p) => tf.conv2d(tf.tanh(image(p)), filter(p), 1, "valid")],
  ["Square", "constant", cut, ({ x }) => tf.square(tf.sin(x!))],
  [
    "Sin",
    "a result that counts as constant, and is not",
    decomposed(({ x }) => constant(() => tf.sub(1, tf.cos(x!)))),
    ({ x }) => tf.add(tf.sin(x!), tf.square(x!)),
  ],
  // Wrong masks.
  [
    "Relu",
    "mask: the other half",
    rule(({ dy, output }) => ({ x: () => tf.mul(dy, tf.sub(1, tf.step(output()))) })),
    ({ x }) => tf.relu(x!),
  ],
  [
    "Relu",
    "mask: another threshold",
    rule(({ dy, output }) => ({ x: () => tf.mul(dy, tf.step(tf.sub(output(), 0.4))) })),
    ({ x }) => tf.relu(x!),
  ],
  [
    "Select",
    "mask: the wrong side",
    swapped("t", "e"),
    ({ x }) => tf.where(tf.greater(x!, 0), tf.square(x!), tf.sin(x!)),
  ],
  [
    "Max",
    "mask: the smallest",
    decomposed(({ x }) =>
      tf.sum(
        tf.mul(
          constant(() => tf.oneHot(tf.argMin(x!, 1), 4)),
          x!,
        ),
        1,
      ),
    ),
    ({ x }) => tf.max(tf.sin(x!), 1),
  ],
  [
    "MaxPool",
    "mask: the mean instead",
    decomposed(({ x }) => tf.avgPool(x as tf.Tensor4D, 2, 2, "valid")),
    (p) => tf.maxPool(tf.sin(image(p)) as tf.Tensor4D, 2, 2, "valid"),
  ],
  [
    "ClipByValue",
    "mask: none",
    rule(({ dy }) => ({ x: () => tf.clone(dy) })),
    ({ x }) => tf.clipByValue(tf.square(x!), 0.1, 0.3),
  ],
  [
    "LeakyRelu",
    "mask: the slope is forgotten",
    decomposed(({ x }) => tf.relu(x!)),
    ({ x }) => tf.leakyRelu(x!, 0.3),
  ],
  // Swapped inputs.
  ["BatchMatMul", "swapped", swapped("a", "b"), ({ w, square }) => matMul(w!, square!)],
  ["Sub", "swapped", swapped("a", "b"), ({ w, square }) => tf.sub(w!, square!)],
  ["Multiply", "swapped", swapped("a", "b"), ({ w, square }) => tf.mul(w!, square!)],
  ["RealDiv", "swapped", swapped("a", "b"), ({ w, square }) => tf.div(w!, positive(square!))],
  ["Concat", "swapped", swapped("0", "1"), ({ w, square }) => tf.concat([w!, tf.sin(square!)])],
  // Wrong broadcasting and wrong axes.
  [
    "Add",
    "broadcasting: the mean of what is repeated, not the sum",
    adjusted((adjoints, { dy, shapeOf }) => ({
      ...adjoints,
      b: () => (shapeOf("b").length === 1 ? tf.mean(dy, 0) : adjoints.b!()),
    })),
    ({ x, b }) => tf.add(x!, b!),
  ],
  [
    "Add",
    "broadcasting: summed over the other axis",
    adjusted((adjoints, { dy, shapeOf }) => ({
      ...adjoints,
      b: () => (shapeOf("b").length === 1 ? tf.sum(dy, 1) : adjoints.b!()),
    })),
    ({ w, b }) => tf.add(w!, b!),
  ],
  [
    "Sum",
    "broadcasting: along the other axis",
    each((adjoint) => (adjoint.rank === 2 ? tf.transpose(adjoint) : adjoint)),
    ({ w }) => tf.sum(tf.sin(w!), 1, true),
  ],
  ["Transpose", "axes: not turned back", each((a) => tf.transpose(a)), ({ w }) => tf.transpose(w!)],
  ["Reverse", "axes: not turned back", each((a) => tf.reverse(a, 0)), ({ w }) => tf.reverse(w!, 0)],
  [
    "Slice",
    "axes: shifted by one",
    each((a) => tf.concat([tf.slice(a, [1, 0]), tf.slice(a, 0, 1)])),
    ({ x }) => tf.slice(x!, [1, 0], [1, 4]),
  ],
  ["Cumsum", "axes: the wrong way", each((a) => tf.reverse(a, 0)), ({ x }) => tf.cumsum(x!, 0)],
  [
    "Reshape",
    "axes: as if transposed",
    each((a) =>
      a.shape.join() === "3,4" ? tf.reshape(tf.transpose(tf.reshape(a, [4, 3])), [3, 4]) : a,
    ),
    ({ x }) => tf.reshape(x!, [12]),
  ],
  // Decompositions, as of kernels that layers call.
  [
    "_FusedMatMul",
    "the bias is forgotten",
    decomposed(({ a, b }) => tf.matMul(a!, b!)),
    ({ x, w, b }) =>
      tf.fused.matMul({ a: x as tf.Tensor2D, b: w as tf.Tensor2D, bias: b!, activation: "relu" }),
  ],
  [
    "SquaredDifference",
    "factor",
    decomposed(({ a, b }) => tf.mul(tf.square(tf.sub(a!, b!)), 0.5)),
    ({ w, square }) => tf.squaredDifference(w!, square!),
  ],
  [
    "AvgPool",
    "factor",
    decomposed(({ x }) => tf.mul(tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"), 1)),
    (p) => tf.avgPool(tf.sin(image(p)) as tf.Tensor4D, 2, 2, "valid"),
  ],
];

describe(`verify: ${faults.length} seeded faults`, () => {
  const undo: (() => void)[] = [];
  afterEach(() => {
    for (const restore of undo.splice(0)) restore();
  });

  it.each(faults)("%s, %s", (kernelName, _, fault, f) => {
    const used = Object.fromEntries(
      Object.entries(params).filter(([name]) => new RegExp(`\\b${name}\\b`).test(f.toString())),
    );
    const loss = lossOf(f);
    const right = ruleFor(kernelName);
    const decomposition = decompositionOf(kernelName);
    undo.push(() => {
      if (right) registerRule(right);
      if (decomposition) registerRule(decomposition);
    });
    registerRule(fault(right!, kernelName));
    const report = verify(loss, used, { directions: 1 });
    expect(report.verdict, formatReport(report)).toBe("disagrees");
    expect(report.culprits, formatReport(report)).toEqual([kernelName]);
  });
});

describe("verify: a bias of which the loss does not depend, for what it adds to all scores alike", () => {
  // A mask hides in single precision how exactly its slope is 0.
  const mask = tf.tensor2d([0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0], [3, 3]);
  const attention = ({ x, w, keyBias, w2 }: Params) => {
    const keys = tf.add(matMul(x!, w!), keyBias!);
    const scores = tf.add(
      tf.matMul(matMul(x!, w2!) as tf.Tensor2D, keys as tf.Tensor2D, false, true),
      mask,
    );
    return tf.sum(tf.square(tf.matMul(tf.softmax(scores) as tf.Tensor2D, x as tf.Tensor2D)));
  };
  const all = { x: params.x!, w: params.w!, keyBias: tf.zeros([4]), w2: params.square! };

  it("agrees", () => {
    const report = verify(attention, all, { directions: 1 });
    expect(report.verdict, formatReport(report)).toBe("agrees");
  });

  const right = ruleFor("Softmax")!;
  const wrong = (scale: number): GradientRule => ({
    ...right,
    // Σ_j y_j·dy_j is taken too small: then the slope of the bias is not 0.
    gradient: ({ dy, output }) => ({
      logits: () => {
        const product = tf.mul(dy, output());
        return tf.sub(product, tf.mul(output(), tf.mul(tf.sum(product, -1, true), scale)));
      },
    }),
  });
  afterEach(() => registerRule(right));

  it.each([0, 0.9, 0.99])("and a rule by which it has a slope disagrees there: %d", (scale) => {
    registerRule(wrong(scale));
    const { tensors } = verify(attention, all, { directions: 1 });
    const { gradient } = tensors.find(({ name }) => name === "keyBias")!;
    expect(gradient.verdict).not.toBe("agrees");
  });

  it("a small slope that a rule takes for 0 disagrees", () => {
    const sin = ruleFor("Sin")!;
    registerRule(missing("x")(sin));
    const loss = ({ x, b }: Params) =>
      tf.add(tf.sum(tf.square(x!)), tf.mul(tf.sum(tf.sin(b!)), 1e-3));
    const report = verify(loss, { x: params.x!, b: params.b! }, { directions: 1 });
    registerRule(sin);
    expect(report.tensors[1]!.gradient.verdict, formatReport(report)).toBe("disagrees");
  });
});

/** What is different each time: no derivative exists that could be wrong. */
describe("verify: losses that change", () => {
  let calls = 0;
  const counter = () => (calls += 1);
  const outside = { value: tf.keep(tf.scalar(1)) };
  const losses: [string, (p: { x: tf.Tensor }) => tf.Tensor, RegExp][] = [
    ["dropout", ({ x }) => tf.sum(tf.dropout(x, 0.5)), /Math\.random in dropout, called at/],
    ["noise", ({ x }) => tf.sum(tf.mul(x, tf.randomNormal(x.shape))), /in randomNormal, called at/],
    ["noise of range", ({ x }) => tf.sum(tf.mul(x, tf.randomUniform(x.shape))), /in randomUniform/],
    ["Math.random", ({ x }) => tf.mul(tf.sum(x), Math.random()), /Math\.random, called at/],
    ["a counter", ({ x }) => tf.sum(tf.mul(x, counter())), /Multiply.*, called at/],
    ["the clock", ({ x }) => tf.sum(tf.mul(x, performance.now() % 1)), /Multiply.*, called at/],
    [
      "a tensor kept outside",
      ({ x }) => {
        outside.value = tf.keep(tf.add(outside.value, 1));
        return tf.sum(tf.mul(x, outside.value));
      },
      /Add.*, called at/,
    ],
    [
      "another op each time",
      ({ x }) => tf.sum(counter() % 2 ? tf.sin(x) : tf.square(x)),
      /(Sin|Square).*, called at/,
    ],
  ];
  it.each(losses)("%s", (_, loss, culprit) => {
    expect(() => verify(loss, { x: params.x! })).toThrow(UnrepeatableLossError);
    expect(() => verify(loss, { x: params.x! })).toThrow(culprit);
  });
});
