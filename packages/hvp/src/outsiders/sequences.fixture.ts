import * as tf from "@tensorflow/tfjs-core";
import { data, type Outsider } from "./values.fixture.js";

/** Recurrent networks, attention, and recursions over time. */

type Params = Record<string, tf.Tensor>;

/** [batch, time, features] */
const x = data([2, 4, 3], 71);
const y = data([2, 4], 72);
const emissions = data([2, 4, 3], 73);
const steps = tf.unstack(x, 1);
const error = (f: tf.Tensor, t: tf.Tensor) => tf.mean(tf.squaredDifference(f, t));
const dense = (a: tf.Tensor, w: tf.Tensor, b?: tf.Tensor) =>
  b ? tf.add(tf.matMul(a, w), b) : tf.matMul(a, w);
const twoOf = (a: tf.Tensor) => tf.slice(a, [0, 0], [-1, 2]);

function lstm(p: Params, kernel: string, inputs = steps): tf.Tensor[] {
  let [h, c]: tf.Tensor[] = [tf.zeros([2, 2]), tf.zeros([2, 2])];
  return inputs.map((step) => {
    const gates = dense(tf.concat([step, h!], 1), p[kernel]!, p.bias!);
    const [i, f, o, g] = tf.split(gates, 4, 1);
    c = tf.add(tf.mul(tf.sigmoid(f!), c!), tf.mul(tf.sigmoid(i!), tf.tanh(g!)));
    h = tf.mul(tf.sigmoid(o!), tf.tanh(c));
    return h;
  });
}

function attention(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(q.shape.at(-1)!));
  return tf.matMul(tf.softmax(mask ? tf.add(scores, mask) : scores), v);
}

const projected = (w: tf.Tensor) =>
  tf.reshape(tf.matMul(tf.reshape(x, [8, 3]), w), [2, 4, w.shape[1]!]);
const causal = tf.mul(-1e9, tf.sub(1, tf.linalg.bandPart(tf.ones([4, 4]), -1, 0)));
const qkv = { q: [3, 4], k: [3, 4], v: [3, 4] };
const heads = (a: tf.Tensor) => tf.transpose(tf.reshape(a, [2, 4, 2, 2]), [0, 2, 1, 3]);
const layerNorm = (a: tf.Tensor) => {
  const { mean, variance } = tf.moments(a, -1, true);
  return tf.mul(tf.sub(a, mean), tf.rsqrt(tf.add(variance, 1e-3)));
};
const valuesOf = (a: tf.Tensor) => error(tf.mean(a, -1), y);

const losses: Record<string, [Outsider["shapes"], (p: Params) => tf.Tensor]> = {
  "simple recurrent network": [
    { wx: [3, 3], wh: [3, 3], b: [3] },
    (p) => {
      let h: tf.Tensor = tf.zeros([2, 3]);
      for (const step of steps) h = tf.tanh(tf.add(dense(step, p.wx!), dense(h, p.wh!, p.b!)));
      return error(twoOf(h), twoOf(y));
    },
  ],
  LSTM: [{ kernel: [5, 8], bias: [8] }, (p) => error(lstm(p, "kernel").at(-1)!, twoOf(y))],
  "LSTM, all outputs": [
    { kernel: [5, 8], bias: [8] },
    (p) => error(tf.mean(tf.stack(lstm(p, "kernel"), 1), 2), y),
  ],
  "bidirectional LSTM": [
    { forth: [5, 8], back: [5, 8], bias: [8] },
    (p) => {
      const both = [lstm(p, "forth").at(-1)!, lstm(p, "back", [...steps].reverse()).at(-1)!];
      return error(tf.concat(both, 1), y);
    },
  ],
  "stacked LSTM by tf.basicLSTMCell": [
    { kernel: [5, 8], bias: [8] },
    (p) => {
      let [c, h] = [tf.zeros([2, 2]) as tf.Tensor2D, tf.zeros([2, 2]) as tf.Tensor2D];
      const [kernel, bias] = [p.kernel as tf.Tensor2D, p.bias as tf.Tensor1D];
      for (const step of steps) {
        [c, h] = tf.basicLSTMCell(1, kernel, bias, step as tf.Tensor2D, c, h);
      }
      return error(h, twoOf(y));
    },
  ],
  GRU: [
    { wz: [5, 2], wr: [5, 2], wh: [5, 2] },
    (p) => {
      let h: tf.Tensor = tf.zeros([2, 2]);
      for (const step of steps) {
        const joined = tf.concat([step, h], 1);
        const [z, r] = [tf.sigmoid(dense(joined, p.wz!)), tf.sigmoid(dense(joined, p.wr!))];
        const candidate = tf.tanh(dense(tf.concat([step, tf.mul(r, h)], 1), p.wh!));
        h = tf.add(tf.mul(tf.sub(1, z), h), tf.mul(z, candidate));
      }
      return error(h, twoOf(y));
    },
  ],
  "encoder and decoder with additive attention": [
    { wx: [3, 3], wh: [3, 3], wa: [3, 3], va: [3, 1], wo: [6, 3] },
    (p) => {
      let h: tf.Tensor = tf.zeros([2, 3]);
      const states = steps.map((step) => {
        h = tf.tanh(tf.add(dense(step, p.wx!), dense(h, p.wh!)));
        return h;
      });
      const outputs = steps.map(() => {
        const scores = states.map((s) => dense(tf.tanh(tf.add(dense(s, p.wa!), h)), p.va!));
        const weights = tf.softmax(tf.concat(scores, 1));
        const context = tf.addN(
          states.map((s, t) => tf.mul(s, tf.slice(weights, [0, t], [-1, 1]))),
        );
        h = tf.tanh(dense(tf.concat([h, context], 1), p.wo!));
        return h;
      });
      return valuesOf(tf.stack(outputs, 1));
    },
  ],
  "self-attention": [
    qkv,
    (p) => valuesOf(attention(projected(p.q!), projected(p.k!), projected(p.v!))),
  ],
  "causal attention": [
    qkv,
    (p) => valuesOf(attention(projected(p.q!), projected(p.k!), projected(p.v!), causal)),
  ],
  "multi-head attention": [
    { ...qkv, o: [4, 4] },
    (p) => {
      const [q, k, v] = [p.q!, p.k!, p.v!].map((w) => heads(projected(w)));
      const joined = tf.reshape(tf.transpose(attention(q!, k!, v!), [0, 2, 1, 3]), [8, 4]);
      return valuesOf(tf.reshape(tf.matMul(joined, p.o!), [2, 4, 4]));
    },
  ],
  "attention with relative positions": [
    { ...qkv, bias: [7] },
    (p) => {
      const apart = tf.tensor2d([3, 4, 5, 6, 2, 3, 4, 5, 1, 2, 3, 4, 0, 1, 2, 3], [4, 4], "int32");
      const bias = tf.gather(p.bias!, apart);
      return valuesOf(attention(projected(p.q!), projected(p.k!), projected(p.v!), bias));
    },
  ],
  "transformer block": [
    { q: [3, 3], k: [3, 3], v: [3, 3], w1: [3, 6], w2: [6, 3] },
    (p) => {
      const attended = attention(projected(p.q!), projected(p.k!), projected(p.v!));
      const a = layerNorm(tf.add(x, attended));
      const hidden = tf.relu(tf.matMul(tf.reshape(a, [8, 3]), p.w1!));
      return error(layerNorm(tf.add(a, tf.reshape(tf.matMul(hidden, p.w2!), [2, 4, 3]))), x);
    },
  ],
  "linear attention": [
    qkv,
    (p) => {
      const [q, k] = [projected(p.q!), projected(p.k!)].map((a) => tf.add(tf.elu(a), 1));
      const memory = tf.matMul(k!, projected(p.v!), true);
      const total = tf.matMul(q!, tf.expandDims(tf.sum(k!, 1), 2));
      return valuesOf(tf.div(tf.matMul(q!, memory), total));
    },
  ],
  "rotary positions": [
    { q: [3, 2], k: [3, 2], v: [3, 2] },
    (p) => {
      const angle = tf.reshape(tf.range(0, 4), [4, 1]);
      const turned = (a: tf.Tensor) => {
        const [re, im] = tf.split(a, 2, 2);
        const [c, s] = [tf.cos(angle), tf.sin(angle)];
        return tf.concat(
          [tf.sub(tf.mul(re!, c), tf.mul(im!, s)), tf.add(tf.mul(re!, s), tf.mul(im!, c))],
          2,
        );
      };
      return valuesOf(attention(turned(projected(p.q!)), turned(projected(p.k!)), projected(p.v!)));
    },
  ],
  "state space": [
    { a: [3], b: [3, 3], c: [3, 1] },
    (p) => {
      const decay = tf.sigmoid(p.a!);
      let h: tf.Tensor = tf.zeros([2, 3]);
      const outputs = steps.map((step) => {
        h = tf.add(tf.mul(decay, h), dense(step, p.b!));
        return dense(h, p.c!);
      });
      return error(tf.concat(outputs, 1), y);
    },
  ],
  "exponential smoothing": [
    { level: [], trend: [] },
    (p) => {
      const [alpha, beta] = [tf.sigmoid(p.level!), tf.sigmoid(p.trend!)];
      const series = tf.unstack(y, 1);
      let [level, trend] = [series[0]!, tf.sub(series[1]!, series[0]!)];
      const errors = series.slice(1).map((value) => {
        const forecast = tf.add(level, trend);
        const next = tf.add(tf.mul(alpha, value), tf.mul(tf.sub(1, alpha), forecast));
        trend = tf.add(tf.mul(beta, tf.sub(next, level)), tf.mul(tf.sub(1, beta), trend));
        level = next;
        return tf.mean(tf.squaredDifference(value, forecast));
      });
      return tf.addN(errors);
    },
  ],
  "hidden Markov model": [
    { start: [3], moves: [3, 3], means: [3] },
    (p) => {
      const moves = tf.logSoftmax(p.moves!);
      const seen = (t: number) =>
        tf.mul(-2, tf.squaredDifference(tf.slice(y, [0, t], [-1, 1]), p.means!));
      let alpha = tf.add(tf.logSoftmax(p.start!), seen(0));
      for (let t = 1; t < 4; t++) {
        alpha = tf.add(tf.logSumExp(tf.add(tf.expandDims(alpha, 2), moves), 1), seen(t));
      }
      return tf.neg(tf.mean(tf.logSumExp(alpha, 1)));
    },
  ],
  "conditional random field": [
    { w: [3, 3], moves: [3, 3] },
    (p) => {
      const scores = tf.unstack(projected(p.w!), 1);
      const tags = [0, 2, 1, 1];
      let alpha = scores[0]!;
      let path = tf.slice(scores[0]!, [0, tags[0]!], [-1, 1]);
      for (let t = 1; t < 4; t++) {
        alpha = tf.add(tf.logSumExp(tf.add(tf.expandDims(alpha, 2), p.moves!), 1), scores[t]!);
        const move = tf.slice(p.moves!, [tags[t - 1]!, tags[t]!], [1, 1]);
        path = tf.add(path, tf.add(tf.slice(scores[t]!, [0, tags[t]!], [-1, 1]), move));
      }
      return tf.mean(tf.sub(tf.logSumExp(alpha, 1), tf.squeeze(path, [1])));
    },
  ],
  "connectionist temporal classification": [
    { w: [3, 3] },
    (p) => {
      // The labels 1, 2 with blanks 0 around them: 0 1 0 2 0.
      const logs = tf.gather(
        tf.logSoftmax(projected(p.w!)),
        tf.tensor1d([0, 1, 0, 2, 0], "int32"),
        2,
      );
      const [first, ...later] = tf.unstack(logs, 1);
      const never = (count: number) => tf.fill([2, count], -30);
      let alpha = tf.concat([tf.slice(first!, [0, 0], [-1, 2]), never(3)], 1);
      for (const log of later) {
        const stay = alpha;
        const next = tf.concat([never(1), tf.slice(alpha, [0, 0], [-1, 4])], 1);
        const skip = tf.concat([never(3), tf.slice(alpha, [0, 1], [-1, 1]), never(1)], 1);
        alpha = tf.add(tf.logSumExp(tf.stack([stay, next, skip], 2), 2), log);
      }
      return tf.neg(tf.mean(tf.logSumExp(tf.slice(alpha, [0, 3], [-1, 2]), 1)));
    },
  ],
  "soft dynamic time warping": [
    { w: [3, 3] },
    (p) => {
      const [a, b] = [projected(p.w!), emissions];
      const d = tf.sum(tf.squaredDifference(tf.expandDims(a, 2), tf.expandDims(b, 1)), 3);
      const far = tf.fill([2, 1, 1], 100);
      const table: tf.Tensor[][] = [];
      const soft = (parts: tf.Tensor[]) =>
        tf.neg(tf.logSumExp(tf.neg(tf.concat(parts, 1)), 1, true));
      for (let i = 0; i < 4; i++) {
        table.push([]);
        for (let j = 0; j < 4; j++) {
          const cost = tf.slice(d, [0, i, j], [-1, 1, 1]);
          const before = [table[i - 1]?.[j - 1], table[i - 1]?.[j], table[i]?.[j - 1]];
          table[i]!.push(
            i + j === 0 ? cost : tf.add(cost, soft(before.map((part) => part ?? far))),
          );
        }
      }
      return tf.mean(table[3]![3]!);
    },
  ],
};

export const sequenceCases: Outsider[] = Object.entries(losses).map(([name, [shapes, loss]]) => ({
  name: `sequence: ${name}`,
  shapes,
  loss,
}));
