import * as tf from "@tensorflow/tfjs-core";
import { data, type Outsider } from "./values.fixture.js";

/** Losses that contain derivatives: by `tf.grad` and its kin, inside of what is differentiated. */

type Params = Record<string, tf.Tensor>;

const points = data([5, 1], 91);
const pairs = data([5, 2], 92);
const images = data([4, 3], 93);
const fakes = data([4, 3], 94);
const targets = data([4, 1], 95);

const mlp = (p: Params, a: tf.Tensor) =>
  tf.matMul(tf.tanh(tf.add(tf.matMul(a, tf.mul(2, p.w1!)), p.b1!)), p.w2!);
const shapesFor = (inputs: number) => ({ w1: [inputs, 4], b1: [4], w2: [4, 1] });
const total = (f: (a: tf.Tensor) => tf.Tensor) => (a: tf.Tensor) => tf.sum(f(a));
const column = (a: tf.Tensor, k: number) => tf.slice(a, [0, k], [-1, 1]);
const error = (f: tf.Tensor, t: tf.Tensor) => tf.mean(tf.squaredDifference(f, t));

/** ‖∇D‖ at each of the points, [n]. */
const steepness = (critic: (a: tf.Tensor) => tf.Tensor, at: tf.Tensor) =>
  tf.sqrt(tf.add(tf.sum(tf.square(tf.grad(total(critic))(at)), 1), 1e-6));

const losses: Record<string, [Outsider["shapes"], (p: Params) => tf.Tensor]> = {
  "physics-informed: an oscillator": [
    shapesFor(1),
    (p) => {
      const u = (t: tf.Tensor) => mlp(p, t);
      const acceleration = tf.grad(total(tf.grad(total(u))))(points);
      return tf.mean(tf.square(tf.add(acceleration, tf.mul(4, u(points)))));
    },
  ],
  "physics-informed: the heat equation": [
    shapesFor(2),
    (p) => {
      const first = tf.grad(total((a) => mlp(p, a)));
      const second = tf.grad((a) => tf.sum(column(first(a), 0)))(pairs);
      const residual = tf.sub(column(first(pairs), 1), column(second, 0));
      const start = tf.mul(pairs, tf.tensor1d([1, 0]));
      return tf.add(tf.mean(tf.square(residual)), error(mlp(p, start), column(pairs, 0)));
    },
  ],
  "physics-informed: Burgers' equation": [
    shapesFor(2),
    (p) => {
      const first = tf.grad(total((a) => mlp(p, a)));
      const slope = first(pairs);
      const second = tf.grad((a) => tf.sum(column(first(a), 0)))(pairs);
      const carried = tf.mul(mlp(p, pairs), column(slope, 0));
      const spread = tf.mul(0.1, column(second, 0));
      return tf.mean(tf.square(tf.sub(tf.add(column(slope, 1), carried), spread)));
    },
  ],
  "Wasserstein GAN with a gradient penalty": [
    shapesFor(3),
    (p) => {
      const critic = (a: tf.Tensor) => mlp(p, a);
      const between = tf.add(tf.mul(0.3, images), tf.mul(0.7, fakes));
      const penalty = tf.mean(tf.square(tf.sub(steepness(critic, between), 1)));
      const gap = tf.sub(tf.mean(critic(fakes)), tf.mean(critic(images)));
      return tf.add(gap, tf.mul(10, penalty));
    },
  ],
  "R1 penalty": [
    shapesFor(3),
    (p) => {
      const critic = (a: tf.Tensor) => mlp(p, a);
      const steep = tf.sum(tf.square(tf.grad(total(critic))(images)), 1);
      return tf.add(tf.mean(tf.softplus(tf.neg(critic(images)))), tf.mul(5, tf.mean(steep)));
    },
  ],
  "Sobolev training": [
    shapesFor(1),
    (p) => {
      const u = (t: tf.Tensor) => mlp(p, t);
      const slope = tf.grad(total(u))(points);
      return tf.add(error(u(points), tf.sin(points)), error(slope, tf.cos(points)));
    },
  ],
  "Hamiltonian network": [
    shapesFor(2),
    (p) => {
      const field = tf.grad(total((a) => mlp(p, a)))(pairs);
      const turned = tf.concat([column(field, 1), tf.neg(column(field, 0))], 1);
      return error(turned, tf.concat([column(pairs, 1), tf.neg(tf.sin(column(pairs, 0)))], 1));
    },
  ],
  "score matching": [
    { w1: [2, 4], b1: [4], w2: [4, 1] },
    (p) => {
      const score = tf.grad(total((a) => mlp(p, a)));
      const divergence = [0, 1].map((k) =>
        column(tf.grad((a) => tf.sum(column(score(a), k)))(pairs), k),
      );
      const size = tf.mul(0.5, tf.sum(tf.square(score(pairs)), 1, true));
      return tf.mean(tf.add(size, tf.add(divergence[0]!, divergence[1]!)));
    },
  ],
  "contractive penalty": [
    { w1: [3, 4], b1: [4], w2: [4, 1] },
    (p) => {
      const codes = (a: tf.Tensor) => tf.sigmoid(tf.add(tf.matMul(a, p.w1!), p.b1!));
      const rows = [0, 1, 2, 3].map((k) => tf.grad((a) => tf.sum(column(codes(a), k)))(images));
      const fit = error(tf.matMul(codes(images), p.w2!), targets);
      return tf.add(fit, tf.mean(tf.square(tf.stack(rows))));
    },
  ],
  "meta-learning, one inner step": [
    { w1: [3, 4], w2: [4, 1] },
    (p) => {
      const net = (w1: tf.Tensor, w2: tf.Tensor, a: tf.Tensor) =>
        tf.matMul(tf.tanh(tf.matMul(a, w1)), w2);
      const inner = tf.grads((w1, w2) => error(net(w1!, w2!, images), targets));
      const [g1, g2] = inner([p.w1!, p.w2!]);
      const fast = [tf.sub(p.w1!, tf.mul(0.5, g1!)), tf.sub(p.w2!, tf.mul(0.5, g2!))];
      return error(net(fast[0]!, fast[1]!, fakes), targets);
    },
  ],
  "meta-learning, three inner steps with learned rates": [
    { w: [3, 1], rates: [3] },
    (p) => {
      const fit = (w: tf.Tensor) => error(tf.tanh(tf.matMul(images, w)), targets);
      let w = p.w!;
      for (let step = 0; step < 3; step++) {
        const { value, grad } = tf.valueAndGrad(fit)(w);
        tf.dispose(value);
        w = tf.sub(w, tf.mul(tf.slice(p.rates!, step, 1), grad));
      }
      return error(tf.tanh(tf.matMul(fakes, w)), targets);
    },
  ],
  "sharpness-aware ascent, differentiated": [
    { w1: [3, 4], w2: [4, 1] },
    (p) => {
      const fit = (w: tf.Tensor) => error(tf.matMul(tf.tanh(tf.matMul(images, w)), p.w2!), targets);
      const g = tf.grad(fit)(p.w1!);
      return fit(tf.add(p.w1!, tf.mul(0.1, tf.div(g, tf.norm(g)))));
    },
  ],
  "input saliency of a class": [
    { w1: [3, 4], w2: [4, 3] },
    (p) => {
      const logits = (a: tf.Tensor) => tf.matMul(tf.softplus(tf.matMul(a, p.w1!)), p.w2!);
      const saliency = tf.grad((a) => tf.sum(column(tf.logSoftmax(logits(a)), 1)))(images);
      const labels = tf.oneHot(tf.tensor1d([1, 0, 2, 1], "int32"), 3);
      const fit = tf.losses.softmaxCrossEntropy(labels, logits(images));
      return tf.add(fit, tf.mul(0.1, tf.mean(tf.square(saliency))));
    },
  ],
};

export const nestedCases: Outsider[] = Object.entries(losses).map(([name, [shapes, loss]]) => ({
  name: `nested: ${name}`,
  shapes,
  loss,
}));
