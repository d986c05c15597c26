import { symmetricEigen } from "@eoss/eigen";
import { crossEntropy, mse } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { type Params, rmsprop } from "@eoss/sgd";
import type { Problem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";

/**
 * A perceptron in float64, to compare with: gradients by the chain rule written down by hand, the Hessian
 * as their central difference. Parameters in the order of the problem: W₁ [p × h], b₁, W₂ [h × C], b₂.
 */
export interface Network {
  readonly loss: "mse" | "ce";
  readonly activation: "relu" | "tanh";
  readonly hidden: number;
  /** θ, [d]. */
  readonly theta: Float64Array;
  /** Inputs and targets, one row a sample. */
  readonly x: readonly Float64Array[];
  readonly y: readonly Float64Array[];
}

type Matrix = Float64Array[];

/**
 * Random weights and data, as float32 holds them.
 *
 * @param scale of the weights: large ones saturate tanh and softmax
 */
export function networkExample(
  { loss, activation }: Pick<Network, "loss" | "activation">,
  { samples = 10, inputs = 6, hidden = 5, classes = 3, scale = 1, seed = 1 } = {},
): Network {
  const random = stream(seed, "network");
  const normals = (fork: number, count: number) => random.fork(fork).normals(count);
  const weights = Array.from(
    normals(0, inputs * hidden),
    (w) => (scale * w) / Math.sqrt(inputs),
  ).concat(
    Array.from(normals(1, hidden), (w) => 0.1 * w),
    Array.from(normals(2, hidden * classes), (w) => (scale * w) / Math.sqrt(hidden)),
    Array.from(normals(3, classes), (w) => 0.1 * w),
  );
  return {
    ...{ loss, activation, hidden },
    theta: Float64Array.from(Float32Array.from(weights)),
    x: Array.from({ length: samples }, (_, k) => Float64Array.from(normals(10 + k, inputs))),
    y: Array.from({ length: samples }, (_, k) =>
      Float64Array.from({ length: classes }, (_, c) => Number(c === k % classes)),
    ),
  };
}

/** The same as a problem, with outputs, loss head, and an optimizer that has a preconditioner. */
export function networkProblem(network: Network, batchSize: number): Problem {
  const { theta, hidden, x, y, loss, activation } = network;
  const [inputs, classes] = [x[0]!.length, y[0]!.length];
  const shapes = { w1: [inputs, hidden], b1: [hidden], w2: [hidden, classes], b2: [classes] };
  let from = 0;
  const params = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((product, length) => product * length, 1);
      from += size;
      return [name, tf.tensor(Float32Array.from(theta.subarray(from - size, from)), shape)];
    }),
  );
  const rows = (of: readonly Float64Array[], indices: Int32Array) =>
    tf.tensor2d(Array.from(indices, (k) => Array.from(of[k]!)));
  const act = activation === "relu" ? tf.relu : tf.tanh;
  const head = loss === "mse" ? mse : crossEntropy;
  const outputsOf = (indices: Int32Array) => (p: Record<string, tf.Tensor>) =>
    tf.add(tf.matMul(act(tf.add(tf.matMul(rows(x, indices), p.w1!), p.b1!)), p.w2!), p.b2!);
  const targetsOf = (indices: Int32Array) => rows(y, indices);
  const meanSquare = Object.fromEntries(
    Object.entries(params).map(([name, p]) => [name, tf.tidy(() => tf.add(0.05, tf.square(p)))]),
  );
  const state = { step: 3, start: 0, params: params as Params, slots: { meanSquare } };
  return {
    ...{ params, samples: x.length, batchSize, head, outputsOf, targetsOf },
    stepBatch: Int32Array.from({ length: batchSize }, (_, k) => k),
    update: { learningRate: 0.1, optimizer: rmsprop, state },
    lossOf: (indices) => (p) => head(outputsOf(indices)(p), targetsOf(indices)),
  };
}

/** Outputs f [C] of a sample, and its Jacobian J [C × d]. */
function outputs({ x, y, hidden, activation }: Network, theta: Float64Array, k: number) {
  const [inputs, classes] = [x[k]!.length, y[k]!.length];
  const [b1, w2] = [inputs * hidden, (inputs + 1) * hidden];
  const b2 = w2 + hidden * classes;
  const a = new Float64Array(hidden);
  const slope = new Float64Array(hidden);
  for (let h = 0; h < hidden; h++) {
    let z = theta[b1 + h]!;
    for (let i = 0; i < inputs; i++) z += x[k]![i]! * theta[i * hidden + h]!;
    a[h] = activation === "relu" ? Math.max(0, z) : Math.tanh(z);
    slope[h] = activation === "relu" ? Number(z > 0) : 1 - a[h]! ** 2;
  }
  const jacobian = Array.from({ length: classes }, () => new Float64Array(theta.length));
  const f = new Float64Array(classes);
  for (const [c, row] of jacobian.entries()) {
    f[c] = theta[b2 + c]!;
    row[b2 + c] = 1;
    for (let h = 0; h < hidden; h++) {
      const weight = theta[w2 + h * classes + c]!;
      f[c]! += a[h]! * weight;
      row[w2 + h * classes + c] = a[h]!;
      row[b1 + h] = weight * slope[h]!;
      for (let i = 0; i < inputs; i++) row[i * hidden + h] = weight * slope[h]! * x[k]![i]!;
    }
  }
  return { f, jacobian };
}

function softmax(f: Float64Array): Float64Array {
  const most = Math.max(...f);
  const e = f.map((value) => Math.exp(value - most));
  const sum = e.reduce((total, value) => total + value, 0);
  return e.map((value) => value / sum);
}

/** ∇ℓ of one sample. */
function sampleGradient(network: Network, k: number, theta = network.theta): Float64Array {
  const { f, jacobian } = outputs(network, theta, k);
  const p = network.loss === "ce" ? softmax(f) : f;
  const factor = network.loss === "ce" ? 1 : 2;
  const slope = p.map((value, c) => factor * (value - network.y[k]![c]!));
  return theta.map((_, i) => jacobian.reduce((sum, row, c) => sum + slope[c]! * row[i]!, 0));
}

/** ∇L of the mean over samples. */
export function gradientOf(
  network: Network,
  samples: readonly number[],
  theta = network.theta,
): Float64Array {
  const all = samples.map((k) => sampleGradient(network, k, theta));
  return theta.map((_, i) => all.reduce((sum, g) => sum + g[i]! / samples.length, 0));
}

/** Step of the differences: what they neglect is of the order of its square, 1e-10. */
const STEP = 1e-5;

/** ∇²L of the mean over samples. */
export function hessianOf(network: Network, samples: readonly number[]): Matrix {
  const { theta } = network;
  const rows = Array.from(theta, (_, i) => {
    const [ahead, behind] = [STEP, -STEP].map((step) => {
      const moved = Float64Array.from(theta);
      moved[i]! += step;
      return gradientOf(network, samples, moved);
    });
    return ahead!.map((x, j) => (x - behind![j]!) / (2 * STEP));
  });
  return rows.map((row, i) => row.map((x, j) => (x + rows[j]![i]!) / 2));
}

/** Mean of JᵀSJ, S = ∂²ℓ/∂f². */
export function gaussNewtonOf(network: Network, samples: readonly number[]): Matrix {
  const roots = samples.flatMap((k) => {
    const { f, jacobian } = outputs(network, network.theta, k);
    if (network.loss === "mse") return jacobian.map((row) => row.map((x) => Math.SQRT2 * x));
    // diag(p) − p·pᵀ = Σ_c p_c·(e_c − p)(e_c − p)ᵀ.
    const p = softmax(f);
    return Array.from(p, (weight, c) =>
      network.theta.map((_, i) => {
        const mean = jacobian.reduce((sum, row, e) => sum + p[e]! * row[i]!, 0);
        return Math.sqrt(weight) * (jacobian[c]![i]! - mean);
      }),
    );
  });
  return meanOfSquares(roots, samples.length);
}

/** Mean of ∇ℓ·∇ℓᵀ. */
export function momentOf(network: Network, samples: readonly number[]): Matrix {
  return meanOfSquares(
    samples.map((k) => sampleGradient(network, k)),
    samples.length,
  );
}

/** 2/b·J·Jᵀ has the eigenvalues of this. */
export function kernelOf(network: Network, samples: readonly number[]): Matrix {
  const rows = samples.flatMap((k) => outputs(network, network.theta, k).jacobian);
  return meanOfSquares(rows, samples.length / 2);
}

/** Σ v·vᵀ/count. */
function meanOfSquares(vectors: readonly Float64Array[], count: number): Matrix {
  const d = vectors[0]!.length;
  return Array.from({ length: d }, (_, i) =>
    Float64Array.from({ length: d }, (_, j) =>
      vectors.reduce((sum, v) => sum + (v[i]! * v[j]!) / count, 0),
    ),
  );
}

/** Eigenvalues, descending. */
export const spectrumOf = (matrix: Matrix): number[] => [...symmetricEigen(matrix).values];
