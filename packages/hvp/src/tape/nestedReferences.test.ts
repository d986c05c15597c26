import { readFileSync } from "node:fs";
import { disposeTree, gradient, linearize } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";
import { expectNoLeak, FLOAT32, relativeError } from "../expectations.fixture.js";

/** Made by `bench/hvp/nested.py` with PyTorch in float64; the losses there are those here. */
const references: Record<
  string,
  { shapes: Record<string, number[]>; loss: number; gradient: number[]; product: number[] }
> = JSON.parse(readFileSync(new URL("../testdata/nested.json", import.meta.url), "utf8"));

type Params = Record<string, tf.Tensor>;

function wave(shape: readonly number[], k: number): tf.Tensor {
  const n = shape.reduce((product, size) => product * size, 1);
  const values = Array.from(
    { length: n },
    (_, i) => Math.round(Math.sin(k * (i + 1)) * 1024) / 1024,
  );
  return tf.tensor(values, [...shape]);
}

/** f ↦ ∂(Σ f)/∂x. */
const slope = (f: (x: tf.Tensor) => tf.Tensor) => tf.grad((x: tf.Tensor) => tf.sum(f(x)));
const labels = (n: number, classes: number) =>
  tf.oneHot(
    tf.tensor1d(
      Array.from({ length: n }, (_, i) => i % classes),
      "int32",
    ),
    classes,
  );
const map = (p: Params, f: (w: tf.Tensor, key: string) => tf.Tensor): Params =>
  Object.fromEntries(Object.entries(p).map(([key, w]) => [key, f(w, key)]));
const total = (parts: tf.Tensor[]) => tf.addN(parts.map((part) => tf.sum(part)));

/** The gradient of a loss with respect to all parameters. */
function slopes(loss: (p: Params) => tf.Tensor, p: Params): Params {
  const keys = Object.keys(p);
  const of = (...ws: tf.Tensor[]) => loss(Object.fromEntries(keys.map((key, i) => [key, ws[i]!])));
  const parts = tf.grads(of)(Object.values(p));
  return Object.fromEntries(keys.map((key, i) => [key, parts[i]!]));
}

function mlp(p: Params, x: tf.Tensor, f: (x: tf.Tensor) => tf.Tensor = tf.tanh): tf.Tensor {
  const hidden = f(tf.add(tf.matMul(x, p.w1!), p.b1!));
  return tf.matMul(f(tf.add(tf.matMul(hidden, p.w2!), p.b2!)), p.w3!);
}

const classify = (p: Params, k: number, f?: (x: tf.Tensor) => tf.Tensor) =>
  tf.losses.softmaxCrossEntropy(labels(6, 3), mlp(p, wave([6, 3], k), f));

const losses: Record<string, (p: Params) => tf.Tensor> = {
  oscillator(p) {
    const x = wave([7, 1], 0.8);
    const u = (t: tf.Tensor) => mlp(p, t);
    const equation = tf.sub(tf.add(slope(slope(u))(x), tf.square(u(x))), tf.cos(x));
    const first = tf.slice(slope(u)(x), [0, 0], [1, 1]);
    return tf.add(tf.mean(tf.square(equation)), tf.sum(tf.square(tf.sub(first, 1))));
  },
  heat(p) {
    const [t, x] = [wave([6, 1], 1.3), wave([6, 1], 0.6)];
    const u = (t: tf.Tensor, x: tf.Tensor) => mlp(p, tf.concat([t, x], 1), tf.sigmoid);
    const [ut] = tf.grads((t: tf.Tensor, x: tf.Tensor) => tf.sum(u(t, x)))([t, x]) as [tf.Tensor];
    const uxx = slope(slope((x) => u(t, x)))(x);
    const data = tf.mean(tf.squaredDifference(u(t, x), tf.sin(x)));
    return tf.add(tf.mean(tf.square(tf.sub(ut, uxx))), data);
  },
  penalty(p) {
    const critic = (x: tf.Tensor) => {
      const h = tf.conv2d(x as tf.Tensor4D, p.k as tf.Tensor4D, 2, "valid");
      return tf.matMul(tf.reshape(tf.elu(tf.add(h, p.b!)), [3, 8]), p.w!);
    };
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.mean(critic(x)))(
      wave([3, 5, 5, 1], 0.37),
    );
    const norm = tf.norm(tf.reshape(tf.mul(grad, 3), [3, 25]), 2, 1);
    return tf.add(value, tf.mul(10, tf.mean(tf.square(tf.sub(norm, 1)))));
  },
  meta(p) {
    let q = p;
    for (let step = 0; step < 2; step++) {
      const g = slopes((w) => classify(w, 0.9 + step, tf.softplus), q);
      q = map(q, (w, key) => tf.sub(w, tf.mul(0.5, g[key]!)));
    }
    return classify(q, 1.7, tf.softplus);
  },
  ascent(p) {
    const loss = (w: Params) => classify(w, 0.9);
    const g = slopes(loss, p);
    const norm = tf.sqrt(total(Object.values(g).map((part) => tf.square(part))));
    return loss(map(p, (w, key) => tf.add(w, tf.div(tf.mul(0.25, g[key]!), norm))));
  },
  score(p) {
    const [x, v] = [wave([5, 3], 0.7), wave([5, 3], 1.9)];
    const { value: s, grad } = tf.valueAndGrad((x: tf.Tensor) => mlp(p, x))(x, v);
    const half = tf.mul(0.5, tf.sum(tf.square(s), 1));
    return tf.mean(tf.add(half, tf.sum(tf.mul(grad, v), 1)));
  },
  curvature(p) {
    const loss = (w: Params) => classify(w, 0.9);
    const along = Object.fromEntries(
      Object.entries(p).map(([key, w], k) => [key, wave(w.shape, 0.3 + k)]),
    );
    const dot = (a: Params) => total(Object.keys(a).map((key) => tf.mul(a[key]!, along[key]!)));
    return tf.add(loss(p), dot(slopes((w) => dot(slopes(loss, w)), p)));
  },
  attention(p) {
    const [x, dy] = [wave([2, 4, 3], 0.7), wave([2, 4, 3], 1.1)];
    const layer = (x: tf.Tensor) => {
      const { mean, variance } = tf.moments(x, -1, true);
      const n = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
      const [q, k, v] = [p.q!, p.k!, p.v!].map((w) =>
        tf.reshape(tf.matMul(tf.reshape(n, [8, 3]), w), [2, 4, -1]),
      ) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const weights = tf.softmax(tf.div(tf.matMul(q, k, false, true), 2));
      return tf.add(tf.matMul(weights, v), x);
    };
    const { value, grad } = tf.valueAndGrad(layer)(x, dy);
    return tf.add(tf.mean(tf.square(grad)), tf.div(tf.sum(tf.mul(value, grad)), 10));
  },
};

describe.each(backends)("losses that differentiate inside, against PyTorch on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(Object.keys(references))("%s", (name) => {
    const { shapes, loss: value, gradient: slope, product } = references[name]!;
    const tree = (k: number, step: number): Params =>
      Object.fromEntries(
        Object.entries(shapes).map(([key, shape], i) => [key, wave(shape, k + step * i)]),
      );
    const flat = (p: Params) => Object.values(p).flatMap((part) => [...part.dataSync()]);
    expectNoLeak(() => {
      const [params, v] = [tree(1.1, 0.7), tree(2.3, 0.4)];
      const first = gradient(losses[name]!, params);
      expect(relativeError(flat(first.gradient), slope)).toBeLessThan(FLOAT32);
      const linearization = linearize(losses[name]!, params);
      const hv = linearization.hvp(v);
      expect(relativeError(linearization.loss.dataSync(), [value])).toBeLessThan(FLOAT32);
      expect(relativeError(flat(linearization.gradient), slope)).toBeLessThan(FLOAT32);
      expect(relativeError(flat(hv), product)).toBeLessThan(FLOAT32);
      linearization.dispose();
      first.loss.dispose();
      for (const p of [params, v, hv, first.gradient]) disposeTree(p);
    });
  });
});
