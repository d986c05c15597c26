import * as tf from "@tensorflow/tfjs-core";
import { data, floats, type Outsider } from "./values.fixture.js";

/** Losses of the three outputs of a small network for six samples, as outsiders write them. */

const x = data([6, 3], 51);
const y = data([6, 3], 52);
const labels = tf.tensor1d([0, 1, 2, 1, 0, 2], "int32");
const oneHot = floats(tf.oneHot(labels, 3));
const positive = tf.add(tf.abs(y), 0.25);
const binary = floats(tf.greater(y, 0));
const signs = tf.sub(tf.mul(binary, 2), 1);
/** Which pairs of samples are of the same class, none with itself. */
const same = tf.sub(tf.matMul(oneHot, oneHot, false, true), tf.eye(6));
const others = tf.sub(1, tf.eye(6));

const column = (f: tf.Tensor, index: number) => tf.slice(f, [0, index], [-1, 1]);
const rows = (f: tf.Tensor, start: number, size: number) => tf.slice(f, [start, 0], [size, -1]);
const unit = (f: tf.Tensor) => tf.div(f, tf.norm(f, 2, 1, true));
const safe = (f: tf.Tensor) => tf.log(tf.add(f, 1e-7));
const kl = (p: tf.Tensor, q: tf.Tensor) =>
  tf.mean(tf.sum(tf.mul(p, tf.sub(tf.log(p), tf.log(q))), 1));
const chosen = (f: tf.Tensor) => tf.sum(tf.mul(f, oneHot), 1);
const sampleDistances = (f: tf.Tensor) =>
  tf.sum(tf.squaredDifference(tf.expandDims(f, 0), tf.expandDims(f, 1)), 2);
const Phi = (z: tf.Tensor) => tf.mul(0.5, tf.add(1, tf.erf(tf.div(z, Math.SQRT2))));
const phi = (z: tf.Tensor) => tf.div(tf.exp(tf.mul(-0.5, tf.square(z))), Math.sqrt(2 * Math.PI));

const heads: Record<string, (f: tf.Tensor) => tf.Tensor> = {
  "mean squared error": (f) => tf.losses.meanSquaredError(y, f),
  "mean absolute error": (f) => tf.losses.absoluteDifference(y, f),
  huber: (f) => tf.losses.huberLoss(y, f, undefined, 0.3),
  "log cosh": (f) => {
    const e = tf.sub(f, y);
    return tf.mean(tf.sub(tf.add(e, tf.softplus(tf.mul(-2, e))), Math.LN2));
  },
  quantile: (f) => {
    const e = tf.sub(y, f);
    return tf.mean(tf.maximum(tf.mul(0.9, e), tf.mul(-0.1, e)));
  },
  poisson: (f) => tf.mean(tf.sub(tf.exp(f), tf.mul(positive, f))),
  gamma: (f) => tf.mean(tf.add(f, tf.mul(positive, tf.exp(tf.neg(f))))),
  tweedie: (f) => {
    const mu = tf.exp(f);
    return tf.mean(
      tf.sub(tf.div(tf.pow(mu, 0.5), 0.5), tf.div(tf.mul(positive, tf.pow(mu, -0.5)), -0.5)),
    );
  },
  "softmax cross-entropy": (f) => tf.losses.softmaxCrossEntropy(oneHot, f),
  "sigmoid cross-entropy": (f) => tf.losses.sigmoidCrossEntropy(binary, f),
  "label smoothing": (f) => tf.losses.softmaxCrossEntropy(oneHot, f, undefined, 0.1),
  "log loss": (f) => tf.losses.logLoss(binary, tf.sigmoid(f)),
  "class weights": (f) => {
    const weights = tf.tensor1d([1, 2, 0.5]);
    const each = tf.mul(tf.neg(chosen(tf.logSoftmax(f))), tf.gather(weights, labels));
    return tf.div(tf.sum(each), tf.sum(tf.gather(weights, labels)));
  },
  focal: (f) => {
    const p = chosen(tf.softmax(f));
    return tf.mean(tf.mul(tf.pow(tf.sub(1, p), 2), tf.neg(tf.log(p))));
  },
  "binary focal": (f) => {
    const p = tf.clipByValue(tf.sigmoid(f), 1e-7, 1 - 1e-7);
    const hit = tf.add(tf.mul(binary, p), tf.mul(tf.sub(1, binary), tf.sub(1, p)));
    const alpha = tf.add(tf.mul(binary, 0.25), tf.mul(tf.sub(1, binary), 0.75));
    return tf.mean(tf.mul(alpha, tf.mul(tf.pow(tf.sub(1, hit), 2), tf.neg(tf.log(hit)))));
  },
  dice: (f) => {
    const p = tf.sigmoid(f);
    const overlap = tf.sum(tf.mul(p, binary));
    return tf.sub(1, tf.div(tf.add(tf.mul(2, overlap), 1), tf.add(tf.sum(tf.add(p, binary)), 1)));
  },
  jaccard: (f) => {
    const p = tf.sigmoid(f);
    const overlap = tf.sum(tf.mul(p, binary), 0);
    const union = tf.sub(tf.sum(tf.add(p, binary), 0), overlap);
    return tf.mean(tf.sub(1, tf.div(tf.add(overlap, 1), tf.add(union, 1))));
  },
  tversky: (f) => {
    const p = tf.sigmoid(f);
    const hit = tf.sum(tf.mul(p, binary));
    const alarm = tf.sum(tf.mul(p, tf.sub(1, binary)));
    const miss = tf.sum(tf.mul(tf.sub(1, p), binary));
    const index = tf.div(hit, tf.add(hit, tf.add(tf.mul(0.3, alarm), tf.mul(0.7, miss))));
    return tf.pow(tf.sub(1, index), 0.75);
  },
  hinge: (f) => tf.losses.hingeLoss(binary, f),
  "squared hinge": (f) => tf.mean(tf.square(tf.relu(tf.sub(1, tf.mul(signs, f))))),
  "categorical hinge": (f) => {
    const right = tf.sum(tf.mul(oneHot, f), 1);
    const wrong = tf.max(tf.mul(tf.sub(1, oneHot), f), 1);
    return tf.mean(tf.relu(tf.add(tf.sub(wrong, right), 1)));
  },
  "cosine distance": (f) => tf.losses.cosineDistance(unit(y), unit(f), 1),
  "cosine similarity": (f) =>
    tf.mean(tf.div(tf.sum(tf.mul(f, y), 1), tf.mul(tf.norm(f, 2, 1), tf.norm(y, 2, 1)))),
  distillation: (f) => tf.mul(16, kl(tf.softmax(tf.div(y, 4)), tf.softmax(tf.div(f, 4)))),
  "Jensen-Shannon": (f) => {
    const [p, q] = [tf.softmax(f), tf.softmax(y)];
    const middle = tf.mul(0.5, tf.add(p, q));
    return tf.mul(0.5, tf.add(kl(p, middle), kl(q, middle)));
  },
  triplet: (f) => {
    const distance = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.squaredDifference(a, b), 1);
    const [anchor, near, far] = [rows(f, 0, 2), rows(f, 2, 2), rows(f, 4, 2)];
    return tf.mean(tf.relu(tf.add(tf.sub(distance(anchor, near), distance(anchor, far)), 1)));
  },
  "contrastive pairs": (f) => {
    const pair = tf.tensor1d([1, 0, 1]);
    const distance = tf.sqrt(tf.sum(tf.squaredDifference(rows(f, 0, 3), rows(f, 3, 3)), 1));
    const apart = tf.square(tf.relu(tf.sub(2, distance)));
    return tf.mean(tf.add(tf.mul(pair, tf.square(distance)), tf.mul(tf.sub(1, pair), apart)));
  },
  "NT-Xent": (f) => {
    const z = unit(f);
    const similar = tf.div(tf.matMul(z, z, false, true), 0.5);
    const masked = tf.sub(similar, tf.mul(1e9, tf.eye(6)));
    const partner = tf.cast(tf.oneHot(tf.tensor1d([3, 4, 5, 0, 1, 2], "int32"), 6), "float32");
    return tf.neg(tf.mean(tf.sum(tf.mul(partner, tf.logSoftmax(masked)), 1)));
  },
  "supervised contrastive": (f) => {
    const z = unit(f);
    const similar = tf.div(tf.matMul(z, z, false, true), 0.25);
    const shifted = tf.sub(similar, tf.max(similar, 1, true));
    const total = tf.log(tf.sum(tf.mul(tf.exp(shifted), others), 1, true));
    return tf.neg(tf.mean(tf.sum(tf.mul(same, tf.sub(shifted, total)), 1)));
  },
  "in-batch softmax retrieval": (f) => {
    const scores = tf.matMul(rows(f, 0, 3), rows(f, 3, 3), false, true);
    return tf.losses.softmaxCrossEntropy(tf.eye(3), scores);
  },
  ArcFace: (f) => {
    const cosine = tf.mul(unit(f), 0.9);
    const sine = tf.sqrt(tf.sub(1, tf.square(cosine)));
    const turned = tf.sub(tf.mul(cosine, Math.cos(0.3)), tf.mul(sine, Math.sin(0.3)));
    const logits = tf.mul(4, tf.where(tf.cast(oneHot, "bool"), turned, cosine));
    return tf.losses.softmaxCrossEntropy(oneHot, logits);
  },
  "center loss": (f) => {
    const counts = tf.expandDims(tf.sum(oneHot, 0), 1);
    const centers = tf.div(tf.matMul(oneHot, f, true), counts);
    return tf.mean(tf.squaredDifference(f, tf.gather(centers, labels)));
  },
  "Barlow twins": (f) => {
    const standard = (z: tf.Tensor) => {
      const { mean, variance } = tf.moments(z, 0, true);
      return tf.div(tf.sub(z, mean), tf.sqrt(tf.add(variance, 1e-2)));
    };
    const c = tf.div(tf.matMul(standard(rows(f, 0, 3)), standard(rows(f, 3, 3)), true), 3);
    const weights = tf.add(tf.mul(0.9, tf.eye(3)), 0.1);
    return tf.sum(tf.mul(weights, tf.squaredDifference(c, tf.eye(3))));
  },
  VICReg: (f) => {
    const centred = tf.sub(f, tf.mean(f, 0, true));
    const covariance = tf.div(tf.matMul(centred, centred, true), 5);
    const deviations = tf.sqrt(tf.add(tf.sum(tf.mul(covariance, tf.eye(3)), 1), 1e-2));
    const spread = tf.mean(tf.relu(tf.sub(1, deviations)));
    const mixed = tf.sum(tf.square(tf.mul(covariance, tf.sub(1, tf.eye(3)))));
    return tf.add(spread, tf.div(mixed, 3));
  },
  "maximum mean discrepancy": (f) => {
    const kernel = tf.exp(tf.mul(-0.5, sampleDistances(f)));
    const side = tf.tensor2d([1, 1, 1, -1, -1, -1], [6, 1]);
    return tf.sum(tf.mul(kernel, tf.matMul(side, side, false, true)));
  },
  "t-SNE": (f) => {
    const weights = tf.mul(others, tf.div(1, tf.add(1, sampleDistances(f))));
    const q = tf.add(tf.div(weights, tf.sum(weights)), 1e-6);
    const p = tf.div(tf.add(same, 0.1), tf.sum(tf.add(same, 0.1)));
    return tf.sum(tf.mul(p, tf.log(tf.div(p, q))));
  },
  "Gaussian likelihood": (f) => {
    const [mean, logVariance] = [column(f, 0), column(f, 1)];
    const e = tf.squaredDifference(column(y, 0), mean);
    return tf.mean(tf.add(tf.mul(0.5, logVariance), tf.mul(0.5, tf.div(e, tf.exp(logVariance)))));
  },
  "Student's t likelihood": (f) => {
    const scale = tf.softplus(column(f, 1));
    const z = tf.div(tf.sub(column(y, 0), column(f, 0)), scale);
    return tf.mean(tf.add(tf.log(scale), tf.mul(2, tf.log1p(tf.div(tf.square(z), 3)))));
  },
  "Laplace likelihood": (f) => {
    const scale = tf.add(tf.softplus(column(f, 1)), 0.1);
    return tf.mean(
      tf.add(tf.log(scale), tf.div(tf.abs(tf.sub(column(y, 0), column(f, 0))), scale)),
    );
  },
  "mixture density": (f) => {
    const means = tf.tensor1d([-0.5, 0, 0.5]);
    const density = tf.mul(-2, tf.squaredDifference(column(y, 0), tf.add(means, f)));
    return tf.neg(tf.mean(tf.logSumExp(tf.add(tf.logSoftmax(f), density), 1)));
  },
  CRPS: (f) => {
    const sigma = tf.exp(column(f, 1));
    const z = tf.div(tf.sub(column(y, 0), column(f, 0)), sigma);
    const both = tf.add(tf.mul(z, tf.sub(tf.mul(2, Phi(z)), 1)), tf.mul(2, phi(z)));
    return tf.mean(tf.mul(sigma, tf.sub(both, 1 / Math.sqrt(Math.PI))));
  },
  "Beta likelihood by its kernel": (f) => {
    const p = tf.sigmoid(column(f, 0));
    const n = tf.add(1, tf.exp(column(f, 1)));
    const t = tf.clipByValue(tf.abs(column(y, 0)), 0.05, 0.95);
    const rest = tf.mul(tf.mul(n, tf.sub(1, p)), tf.log(tf.sub(1, t)));
    return tf.neg(tf.mean(tf.add(tf.mul(tf.mul(n, p), tf.log(t)), rest)));
  },
  ordinal: (f) => {
    const cuts = tf.cumsum(tf.softplus(f), 1);
    const below = tf.sigmoid(tf.sub(cuts, column(f, 0)));
    const t = tf.cast(tf.greaterEqual(tf.range(0, 3), tf.expandDims(labels, 1)), "float32");
    const hit = tf.add(tf.mul(t, safe(below)), tf.mul(tf.sub(1, t), safe(tf.sub(1, below))));
    return tf.neg(tf.mean(hit));
  },
  ListNet: (f) => tf.neg(tf.mean(tf.sum(tf.mul(tf.softmax(y), tf.logSoftmax(f)), 1))),
  RankNet: (f) => {
    const s = column(f, 0);
    const t = column(y, 0);
    const wins = tf.cast(tf.greater(t, tf.transpose(t)), "float32");
    return tf.div(tf.sum(tf.mul(wins, tf.softplus(tf.sub(tf.transpose(s), s)))), tf.sum(wins));
  },
  "Plackett-Luce": (f) => {
    const remaining = tf.log(tf.cumsum(tf.exp(f), 1, false, true));
    return tf.mean(tf.sum(tf.sub(remaining, f), 1));
  },
  "Cox partial likelihood": (f) => {
    const risk = tf.reshape(column(f, 0), [6]);
    const atRisk = tf.log(tf.reverse(tf.cumsum(tf.reverse(tf.exp(risk), 0)), 0));
    return tf.neg(tf.mean(tf.mul(tf.tensor1d([1, 0, 1, 1, 0, 1]), tf.sub(risk, atRisk))));
  },
  REINFORCE: (f) => {
    const logs = tf.logSoftmax(f);
    const entropy = tf.neg(tf.sum(tf.mul(tf.exp(logs), logs), 1));
    const gain = tf.mul(chosen(logs), tf.reshape(column(y, 0), [6]));
    return tf.neg(tf.mean(tf.add(gain, tf.mul(0.01, entropy))));
  },
  "PPO, clipped": (f) => {
    const advantage = tf.reshape(column(y, 0), [6]);
    const before = chosen(tf.logSoftmax(y));
    const ratio = tf.exp(tf.sub(chosen(tf.logSoftmax(f)), before));
    const clipped = tf.clipByValue(ratio, 0.8, 1.2);
    return tf.neg(tf.mean(tf.minimum(tf.mul(ratio, advantage), tf.mul(clipped, advantage))));
  },
  "deep Q": (f) => {
    const e = tf.sub(chosen(f), tf.add(tf.reshape(column(y, 0), [6]), 0.9));
    const small = tf.lessEqual(tf.abs(e), 1);
    return tf.mean(tf.where(small, tf.mul(0.5, tf.square(e)), tf.sub(tf.abs(e), 0.5)));
  },
  "dueling values": (f) => {
    const q = tf.add(column(f, 0), tf.sub(f, tf.mean(f, 1, true)));
    return tf.mean(tf.square(tf.sub(chosen(q), tf.logSumExp(q, 1))));
  },
  "GAN, not saturating": (f) => {
    const [real, fake] = [rows(f, 0, 3), rows(f, 3, 3)];
    return tf.add(tf.mean(tf.softplus(tf.neg(real))), tf.mean(tf.softplus(fake)));
  },
  "least squares GAN": (f) =>
    tf.add(tf.mean(tf.square(tf.sub(rows(f, 0, 3), 1))), tf.mean(tf.square(rows(f, 3, 3)))),
  "relativistic GAN": (f) => {
    const [real, fake] = [rows(f, 0, 3), rows(f, 3, 3)];
    return tf.neg(tf.mean(tf.logSigmoid(tf.sub(real, tf.mean(fake)))));
  },
  "energy margin": (f) => {
    const energy = tf.neg(tf.logSumExp(f, 1));
    const side = tf.tensor1d([1, 1, 1, 0, 0, 0]);
    const inside = tf.square(tf.relu(tf.add(energy, 1.5)));
    const outside = tf.square(tf.relu(tf.sub(-1, energy)));
    return tf.mean(tf.add(tf.mul(side, inside), tf.mul(tf.sub(1, side), outside)));
  },
  "elastic net": (f) => tf.add(tf.mean(tf.abs(f)), tf.mul(0.5, tf.mean(tf.square(f)))),
  "total variation": (f) =>
    tf.mean(tf.sqrt(tf.add(tf.square(tf.sub(rows(f, 1, 5), rows(f, 0, 5))), 1e-2))),
  "symmetric mean absolute percentage error": (f) =>
    tf.mean(tf.div(tf.abs(tf.sub(f, y)), tf.add(tf.add(tf.abs(f), tf.abs(y)), 0.5))),
  "log-determinant divergence": (f) => {
    const c = tf.add(tf.matMul(f, f, true), tf.eye(3));
    const at = (i: number, j: number) => tf.slice(c, [i, j], [1, 1]);
    const minor = (j: number, k: number) =>
      tf.sub(tf.mul(at(1, j), at(2, k)), tf.mul(at(1, k), at(2, j)));
    const determinant = tf.addN([
      tf.mul(at(0, 0), minor(1, 2)),
      tf.neg(tf.mul(at(0, 1), minor(0, 2))),
      tf.mul(at(0, 2), minor(0, 1)),
    ]);
    return tf.sum(tf.sub(tf.sum(tf.mul(c, tf.eye(3))), tf.log(determinant)));
  },
};

const shapes = { w1: [3, 4], b1: [4], w2: [4, 3], b2: [3] };

export const headCases: Outsider[] = Object.entries(heads).map(([name, head]) => ({
  name: `head: ${name}`,
  shapes,
  loss: ({ w1, b1, w2, b2 }) =>
    head(
      tf.add(tf.matMul(tf.tanh(tf.add(tf.matMul(x, tf.mul(w1!, 2)), b1!)), tf.mul(w2!, 4)), b2!),
    ),
}));
