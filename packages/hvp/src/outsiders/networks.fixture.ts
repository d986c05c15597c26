import * as tf from "@tensorflow/tfjs-core";
import { data, type Outsider } from "./values.fixture.js";

/** Layers and activations of feed-forward networks, with the squared error of their outputs. */

type Params = Record<string, tf.Tensor>;
type Outputs = (p: Params) => tf.Tensor;

const x = data([6, 3], 61);
const y = data([6, 2], 62);
const wide = data([5, 4], 63);
const targets = data([5, 4], 64);
const ids = tf.tensor1d([0, 3, 1, 4, 2, 3], "int32");
const partners = tf.tensor1d([1, 1, 0, 2, 2, 0], "int32");

const error = (f: tf.Tensor, t: tf.Tensor = y) => tf.mean(tf.squaredDifference(f, t));
const dense = (a: tf.Tensor, w: tf.Tensor, b?: tf.Tensor) =>
  b ? tf.add(tf.matMul(a, w), b) : tf.matMul(a, w);
const silu = (a: tf.Tensor) => tf.mul(a, tf.sigmoid(a));

const activations: Record<string, (a: tf.Tensor) => tf.Tensor> = {
  relu: tf.relu,
  "leaky relu": (a) => tf.leakyRelu(a, 0.1),
  elu: tf.elu,
  selu: tf.selu,
  softplus: tf.softplus,
  sigmoid: tf.sigmoid,
  "log sigmoid": tf.logSigmoid,
  swish: silu,
  "gelu by erf": (a) => tf.mul(tf.mul(a, 0.5), tf.add(1, tf.erf(tf.div(a, Math.SQRT2)))),
  "gelu by tanh": (a) => {
    const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(a, tf.mul(0.044715, tf.pow(a, 3))));
    return tf.mul(tf.mul(0.5, a), tf.add(1, tf.tanh(inner)));
  },
  mish: (a) => tf.mul(a, tf.tanh(tf.softplus(a))),
  softsign: (a) => tf.div(a, tf.add(1, tf.abs(a))),
  "hard swish": (a) => tf.div(tf.mul(a, tf.relu6(tf.add(a, 3))), 6),
  sine: (a) => tf.sin(tf.mul(3, a)),
  gaussian: (a) => tf.exp(tf.neg(tf.square(a))),
  snake: (a) => tf.add(a, tf.square(tf.sin(a))),
  "squared relu": (a) => tf.square(tf.relu(a)),
  "concatenated relu": (a) =>
    tf.slice(tf.concat([tf.relu(a), tf.relu(tf.neg(a))], 1), [0, 2], [-1, 4]),
};

const normalised = (a: tf.Tensor, axis: number | number[]) => {
  const { mean, variance } = tf.moments(a, axis, true);
  return tf.div(tf.sub(a, mean), tf.sqrt(tf.add(variance, 1e-3)));
};

const square = { w1: [4, 4], b1: [4], w2: [4, 4] };
const networks: Record<string, [Outsider["shapes"], Outputs]> = {
  "batch normalisation": [
    { ...square, gamma: [4], beta: [4] },
    (p) => {
      const a = normalised(dense(wide, p.w1!, p.b1!), 0);
      return dense(tf.tanh(tf.add(tf.mul(a, p.gamma!), p.beta!)), p.w2!);
    },
  ],
  "batch normalisation with given moments": [
    { ...square, gamma: [4], beta: [4] },
    (p) => {
      const a = dense(wide, p.w1!, p.b1!) as tf.Tensor2D;
      const [mean, variance] = [tf.tensor1d([0.1, -0.1, 0, 0.2]), tf.tensor1d([1, 0.5, 2, 1])];
      const [beta, gamma] = [p.beta as tf.Tensor1D, p.gamma as tf.Tensor1D];
      return dense(tf.tanh(tf.batchNorm2d(a, mean, variance, beta, gamma, 1e-3)), p.w2!);
    },
  ],
  "layer normalisation": [
    { ...square, gamma: [4] },
    (p) => dense(tf.tanh(tf.mul(normalised(dense(wide, p.w1!, p.b1!), -1), p.gamma!)), p.w2!),
  ],
  "group normalisation": [
    square,
    (p) => {
      const groups = tf.reshape(dense(wide, p.w1!, p.b1!), [5, 2, 2]);
      return dense(tf.tanh(tf.reshape(normalised(groups, 2), [5, 4])), p.w2!);
    },
  ],
  "root mean square normalisation": [
    { ...square, gain: [4] },
    (p) => {
      const a = dense(wide, p.w1!, p.b1!);
      const scale = tf.rsqrt(tf.add(tf.mean(tf.square(a), -1, true), 1e-3));
      return dense(silu(tf.mul(tf.mul(a, scale), p.gain!)), p.w2!);
    },
  ],
  "weight normalisation": [
    { ...square, g: [4] },
    (p) => {
      const w = tf.mul(tf.div(p.w1!, tf.norm(p.w1!, 2, 0, true)), p.g!);
      return dense(tf.tanh(dense(wide, w, p.b1!)), p.w2!);
    },
  ],
  "weight standardisation": [
    square,
    (p) => dense(tf.tanh(dense(wide, normalised(p.w1!, 0), p.b1!)), p.w2!),
  ],
  "spectral normalisation": [
    square,
    (p) => {
      let u = tf.ones([4, 1]);
      for (let step = 0; step < 2; step++) {
        const v = tf.matMul(p.w1!, u, true);
        u = tf.matMul(p.w1!, tf.div(v, tf.norm(v)));
        u = tf.div(u, tf.norm(u));
      }
      const sigma = tf.norm(tf.matMul(p.w1!, u, true));
      return dense(tf.tanh(dense(wide, tf.div(p.w1!, sigma), p.b1!)), p.w2!);
    },
  ],
  "residual blocks": [
    { ...square, w3: [4, 4] },
    (p) => {
      let a = dense(wide, p.w1!, p.b1!);
      for (const w of [p.w2!, p.w3!, p.w2!]) a = tf.add(a, tf.tanh(dense(a, w)));
      return a;
    },
  ],
  "highway network": [
    { ...square, b2: [4] },
    (p) => {
      const gate = tf.sigmoid(dense(wide, p.w2!, p.b2!));
      const a = tf.tanh(dense(wide, p.w1!, p.b1!));
      return tf.add(tf.mul(gate, a), tf.mul(tf.sub(1, gate), wide));
    },
  ],
  maxout: [
    { w1: [4, 12], b1: [12], w2: [4, 4] },
    (p) => dense(tf.max(tf.reshape(dense(wide, p.w1!, p.b1!), [5, 4, 3]), 2), p.w2!),
  ],
  "gated linear units": [
    { w1: [4, 8], b1: [8], w2: [4, 4] },
    (p) => {
      const [a, gate] = tf.split(dense(wide, p.w1!, p.b1!), 2, 1);
      return dense(tf.mul(a!, tf.sigmoid(gate!)), p.w2!);
    },
  ],
  SwiGLU: [
    { ...square, w3: [4, 4] },
    (p) => dense(tf.mul(silu(dense(wide, p.w1!, p.b1!)), dense(wide, p.w2!)), p.w3!),
  ],
  "mixture of experts": [
    { gate: [4, 3], experts: [3, 4, 4] },
    (p) => {
      const gates = tf.softmax(dense(wide, p.gate!));
      const outputs = tf
        .unstack(p.experts!)
        .map((w, k) => tf.mul(tf.slice(gates, [0, k], [-1, 1]), tf.tanh(dense(wide, w))));
      return tf.addN(outputs);
    },
  ],
  "low-rank adapter": [
    { a: [4, 2], b: [2, 4] },
    (p) => tf.tanh(dense(wide, tf.add(data([4, 4], 65), tf.mul(2, tf.matMul(p.a!, p.b!))))),
  ],
  hypernetwork: [
    { w: [4, 16], b: [16] },
    (p) => {
      const kernels = tf.reshape(dense(wide, p.w!, p.b!), [5, 4, 4]);
      return tf.squeeze(tf.tanh(tf.matMul(tf.expandDims(wide, 1), kernels)), [1]);
    },
  ],
  "tied autoencoder": [
    { w: [4, 2], b: [2], c: [4] },
    (p) => {
      const code = tf.sigmoid(dense(wide, p.w!, p.b!));
      return tf.add(tf.matMul(code, p.w!, false, true), p.c!);
    },
  ],
  "deep sets": [
    { w1: [4, 3], w2: [3, 4] },
    (p) => dense(tf.mean(tf.tanh(dense(tf.reshape(wide, [5, 4]), p.w1!)), 0, true), p.w2!),
  ],
  "radial basis functions": [
    { centers: [3, 4], widths: [3], w: [3, 4] },
    (p) => {
      const e = tf.squaredDifference(tf.expandDims(wide, 1), p.centers!);
      return dense(tf.exp(tf.neg(tf.mul(tf.sum(e, 2), tf.softplus(p.widths!)))), p.w!);
    },
  ],
  "Fourier features": [
    { frequencies: [4, 3], w: [6, 4] },
    (p) => {
      const phase = tf.mul(Math.PI, dense(wide, p.frequencies!));
      return dense(tf.concat([tf.sin(phase), tf.cos(phase)], 1), p.w!);
    },
  ],
  "bilinear pooling": [
    { a: [4, 3], b: [4, 3], w: [3, 4] },
    (p) => dense(tf.mul(dense(wide, p.a!), tf.tanh(dense(wide, p.b!))), p.w!),
  ],
  "stochastic weight average of two": [
    { w1: [4, 4], w2: [4, 4] },
    (p) => {
      const average = tf.mul(0.5, tf.add(p.w1!, p.w2!));
      return dense(tf.tanh(dense(wide, average)), p.w2!);
    },
  ],
  "graph convolution": [
    { w1: [4, 3], w2: [3, 4] },
    (p) => {
      const a = tf.tensor2d(
        [1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1],
        [5, 5],
      );
      const scale = tf.rsqrt(tf.sum(a, 1, true));
      const passed = tf.mul(tf.mul(a, scale), tf.transpose(scale));
      const hidden = tf.relu(tf.matMul(passed, dense(wide, p.w1!)));
      return tf.matMul(passed, dense(hidden, p.w2!));
    },
  ],
  "graph attention": [
    { w: [4, 4], left: [4, 1], right: [4, 1] },
    (p) => {
      const h = dense(wide, p.w!);
      const scores = tf.add(dense(h, p.left!), tf.transpose(dense(h, p.right!)));
      return tf.matMul(tf.softmax(tf.leakyRelu(scores, 0.2)), h);
    },
  ],
};

const embeddings: Outsider[] = [
  {
    name: "network: matrix factorisation",
    shapes: { users: [5, 3], items: [3, 3], ub: [5], ib: [3] },
    loss: (p) => {
      const [u, i] = [tf.gather(p.users!, ids), tf.gather(p.items!, partners)];
      const bias = tf.add(tf.gather(p.ub!, ids), tf.gather(p.ib!, partners));
      const rating = tf.add(tf.sum(tf.mul(u, i), 1), bias);
      const decay = tf.add(tf.sum(tf.square(u)), tf.sum(tf.square(i)));
      return tf.add(error(rating, data([6], 66)), tf.mul(0.01, decay));
    },
  },
  {
    name: "network: skip-gram with negative samples",
    shapes: { center: [5, 3], context: [5, 3] },
    loss: (p) => {
      const c = tf.gather(p.center!, ids);
      const near = tf.sum(tf.mul(c, tf.gather(p.context!, tf.reverse(ids))), 1);
      const far = tf.sum(tf.mul(c, tf.gather(p.context!, partners)), 1);
      return tf.neg(tf.mean(tf.add(tf.logSigmoid(near), tf.logSigmoid(tf.neg(far)))));
    },
  },
  {
    name: "network: factorisation machine",
    shapes: { w: [3, 1], v: [3, 2], b: [] },
    loss: (p) => {
      const crossed = tf.sub(
        tf.square(tf.matMul(x, p.v!)),
        tf.matMul(tf.square(x), tf.square(p.v!)),
      );
      const score = tf.add(tf.squeeze(dense(x, p.w!), [1]), tf.mul(0.5, tf.sum(crossed, 1)));
      return error(tf.add(score, p.b!), data([6], 67));
    },
  },
  {
    name: "network: translations of a knowledge graph",
    shapes: { entities: [5, 3], relations: [3, 3] },
    loss: (p) => {
      const head = tf.gather(p.entities!, ids);
      const moved = tf.add(head, tf.gather(p.relations!, partners));
      const d = (tail: tf.Tensor) => tf.norm(tf.sub(moved, tail), 2, 1);
      const [near, far] = [tf.reverse(ids), tf.tensor1d([2, 2, 4, 0, 1, 1], "int32")];
      const gap = tf.sub(d(tf.gather(p.entities!, near)), d(tf.gather(p.entities!, far)));
      return tf.mean(tf.relu(tf.add(gap, 1)));
    },
  },
];

export const networkCases: Outsider[] = [
  ...Object.entries(activations).map(([name, activation]) => ({
    name: `activation: ${name}`,
    shapes: { w1: [3, 4], b1: [4], w2: [4, 2] },
    loss: (p: Params) => error(dense(activation(dense(x, tf.mul(2, p.w1!), p.b1!)), p.w2!)),
  })),
  ...Object.entries(networks).map(([name, [shapes, outputs]]) => ({
    name: `network: ${name}`,
    shapes,
    loss: (p: Params) => error(outputs(p), targets),
  })),
  ...embeddings,
];
