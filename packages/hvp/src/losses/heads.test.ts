import {
  binaryCrossEntropy,
  crossEntropy,
  fisher,
  gaussNewton,
  hessian,
  type Likelihood,
  linearize,
} from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";

/** One observation: logits and targets as float32 holds them. */
interface Observation {
  readonly name: string;
  readonly f: number[];
  readonly y: number[];
}

/** What float32 can hold of numbers that are computed from others by a few operations. */
const TOLERANCE = 1e-6;

const MARGINS = process.env.EOSS_LONG
  ? [0, 1e-3, 0.1, 1, 3, 5, 10, 14, 18, 30, 50, 70, 80]
  : [0, 1, 10, 18, 80];
const fround = (x: number[]) => x.map(Math.fround);
/** Off the round numbers whose differences are exact. */
const offset = (index: number) => 0.3717 * Math.sin(3 * index + 1);

/** The logit of class 0 is larger than the others by the margin, or smaller; the target is its class or another one, or soft. */
function observations(classes: number): Observation[] {
  const oneHot = (k: number) => Array.from({ length: classes }, (_, c) => (c === k ? 1 : 0));
  const smoothed = Array.from({ length: classes }, (_, c) => (c === 0 ? 0.9 : 0.1 / (classes - 1)));
  const targets = classes === 1 ? [[1]] : [oneHot(0), oneHot(classes - 1), fround(smoothed)];
  return MARGINS.flatMap((margin) =>
    [1, -1].flatMap((sign) =>
      targets.map((y, kind) => ({
        name: `${classes} classes, margin ${sign * margin}, ${["right", "wrong", "smoothed"][kind]}`,
        f: fround(oneHot(0).map((top, c) => sign * margin * (top - 0.5) + offset(c))),
        y,
      })),
    ),
  );
}

const yesNo = MARGINS.flatMap((margin) =>
  [margin, -margin].flatMap((f) =>
    [0, 1, Math.fround(0.9)].map((y) => ({
      name: `logit ${f}, target ${y.toFixed(1)}`,
      f: [Math.fround(f + Math.sign(f) * 0.0137)],
      y: [y],
    })),
  ),
);

/** Closed forms in float64, in which no small number is a difference of large ones. */
const softmaxForms = {
  value({ f, y }: Observation) {
    const others = (k: number) => f.filter((_, c) => c !== k);
    return (
      y.reduce((total, weight, k) => {
        const largest = Math.max(...f);
        const rest = others(k).reduce((sum, g) => sum + Math.exp(g - f[k]!), 0);
        const stable = f[k] === largest ? Math.log1p(rest) : largest - f[k]! + partition(f);
        return total + weight * stable;
      }, 0) +
      missing(y) * (Math.max(...f) + partition(f))
    );
  },
  gradient({ f, y }: Observation) {
    const p = probabilities(f);
    return p.map((pc, c) =>
      y[c] === 1 ? -p.reduce((sum, pd, d) => sum + (d === c ? 0 : pd), 0) : pc - y[c]!,
    );
  },
  product({ f }: Observation, v: number[]) {
    const p = probabilities(f);
    return p.map((pc, c) => pc * p.reduce((sum, pd, d) => sum + pd * (v[c]! - v[d]!), 0));
  },
};

const missing = (y: number[]) => 1 - y.reduce((a, b) => a + b, 0);

/** log Σ exp(f − max f) */
function partition(f: number[]): number {
  const first = f.indexOf(Math.max(...f));
  return Math.log1p(f.reduce((sum, g, c) => sum + (c === first ? 0 : Math.exp(g - f[first]!)), 0));
}

function probabilities(f: number[]): number[] {
  return f.map((fc) => 1 / f.reduce((sum, fd) => sum + Math.exp(fd - fc), 0));
}

const sigmoidForms = {
  value: ({ f: [f], y: [y] }: Observation) =>
    y! * Math.log1p(Math.exp(-f!)) + (1 - y!) * Math.log1p(Math.exp(f!)),
  gradient: ({ f: [f], y: [y] }: Observation) => [
    (1 - y!) / (1 + Math.exp(-f!)) - y! / (1 + Math.exp(f!)),
  ],
  product: ({ f: [f] }: Observation, [v]: number[]) => [
    v! / ((1 + Math.exp(-f!)) * (1 + Math.exp(f!))),
  ],
};

const heads: Array<{
  name: string;
  loss: Likelihood;
  forms: typeof softmaxForms;
  cases: Observation[];
}> = [
  {
    name: "crossEntropy",
    loss: crossEntropy,
    forms: softmaxForms,
    cases: [1, 2, 3, 10].flatMap(observations),
  },
  { name: "binaryCrossEntropy", loss: binaryCrossEntropy, forms: sigmoidForms, cases: yesNo },
];

function expectClose(actual: ArrayLike<number>, expected: number[], what: string): void {
  const error = Math.hypot(...expected.map((e, i) => actual[i]! - e));
  const scale = Math.hypot(...expected);
  expect(error, `${what}: ${Array.from(actual)} for ${expected}`).toBeLessThanOrEqual(
    TOLERANCE * scale,
  );
}

const groups = backends.flatMap((backend) => heads.map((head) => ({ backend, ...head })));

describe.each(groups)("$name on $backend", ({ backend, loss, forms, cases }) => {
  beforeAll(() => useBackend(backend));

  it.each(cases)("$name", (observation) => {
    const { f, y } = observation;
    const n = f.length;
    const v = f.map((_, c) => Math.fround(Math.cos(2 * c + 0.5)));
    const [outputs, targets] = [tf.tensor2d([f]), tf.tensor2d([y])];
    const expected = forms.product(observation, v);

    const head = linearize(([w]: readonly tf.Tensor[]) => loss(w!, targets), [outputs]);
    expectClose(head.loss.dataSync(), [forms.value(observation)], "value");
    expectClose(head.gradient[0]!.dataSync(), forms.gradient(observation), "gradient");
    expectClose(head.hvp([tf.tensor2d([v])])[0]!.dataSync(), expected, "Hv");
    head.dispose();
    expectClose(loss.outputHessian(outputs, tf.tensor2d([v])).dataSync(), expected, "output H");

    // The logits as the weights of a dense layer with one input, 1.
    const one = tf.ones([1, 1]) as tf.Tensor2D;
    const network = ([w]: readonly tf.Tensor[]) => tf.matMul(one, w!);
    const shared = { params: [outputs], head: loss };
    const chunks = [{ outputs: network, targets, weight: 1 }];
    const whole = hessian({
      params: [outputs],
      chunks: [{ loss: (p: readonly tf.Tensor[]) => loss(network(p), targets), weight: 1 }],
    });
    const dual = whole.gaussNewtonDual()!;
    const image = new Float64Array(n);
    for (const operator of [
      whole,
      gaussNewton({ ...shared, chunks }),
      gaussNewton({ ...shared, head: (a, b) => loss(a, b), chunks }),
      fisher({ ...shared, chunks, kind: "true" }),
    ]) {
      operator.apply(Float64Array.from(v), image);
      expectClose(image, expected, "operator");
      operator.dispose();
    }
    const unit = (k: number) => f.map((_, c) => (c === k ? 1 : 0));
    // B from the dual: B·Bᵀ is the output Hessian, and M = Bᵀ·B.
    const b = dual.lift(f.map((_, k) => unit(k)));
    const square = f.flatMap((_, i) =>
      f.map((__, j) => b.reduce((t, row) => t + row[i]! * row[j]!, 0)),
    );
    expectClose(
      square,
      f.flatMap((_, k) => forms.product(observation, unit(k))),
      "root",
    );
    const gram = b.flatMap((r) => b.map((s) => r.reduce((t, x, c) => t + x * s[c]!, 0)));
    expectClose(dual.matrix, gram, "dual");
    dual.dispose();

    const empirical = fisher({ ...shared, chunks, kind: "empirical" });
    empirical.apply(Float64Array.from(v), image);
    const g = forms.gradient(observation);
    const slope = g.reduce((sum, x, c) => sum + x * v[c]!, 0);
    // Where r·v does not cancel, and float32 holds r².
    const size = Math.hypot(...g) * Math.hypot(...v);
    if (Math.abs(slope) > 0.1 * size && size ** 2 > 1e-36) {
      expectClose(
        image,
        g.map((x) => x * slope),
        "empirical Fisher",
      );
    }
    empirical.dispose();
  });

  it("a class that is ruled out by −∞ has no part", () => {
    if (loss !== crossEntropy) return;
    const targets = tf.tensor2d([[1, 0, 0]]);
    const f = tf.tensor2d([[1, Number.NEGATIVE_INFINITY, 0]]);
    const head = linearize(([w]: readonly tf.Tensor[]) => loss(w!, targets), [f]);
    const two = { name: "", f: [1, 0], y: [1, 0] };
    expectClose(head.loss.dataSync(), [forms.value(two)], "value");
    const [a, b] = forms.gradient(two) as [number, number];
    expectClose(head.gradient[0]!.dataSync(), [a, 0, b], "gradient");
    const [c, d] = forms.product(two, [1, 2]) as [number, number];
    expectClose(head.hvp([tf.tensor2d([[1, 5, 2]])])[0]!.dataSync(), [c, 0, d], "Hv");
    head.dispose();
  });
});
