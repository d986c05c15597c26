import { disposeTree, mse } from "@eoss/hvp";
import { covarianceFactor, type NoiseProblem, sde } from "@eoss/noise";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "./backend.js";
import { meanOf, zScore } from "./statistics.js";

/*
 * 63 independent Ornstein–Uhlenbeck processes in one problem: ℓ_i = Σ_p (θ_p − y_ip)², where the
 * targets y are the non-constant columns of a Hadamard matrix. Then ∇L = 2θ, and the covariance of
 * single-sample gradients is Σ = 4·I at every θ:
 *
 *   dθ = −2θ dt + √(4ηc²) dW,   mean θ_0·e^(−2t),   variance ηc²·(1 − e^(−4t))
 */
const samples = 64;
const processes = samples - 1;
const batchSize = 8;
const learningRate = 0.4;
const diffusion = learningRate * covarianceFactor({ samples, batchSize }); // ηc²
const start = 1;

const hadamard = (i: number, p: number) => {
  let sign = 1;
  for (let bits = i & p; bits > 0; bits &= bits - 1) sign = -sign;
  return sign;
};
const targetRows = Array.from({ length: samples }, (_, i) =>
  Array.from({ length: processes }, (_, p) => hadamard(i, p + 1)),
);

const problemAt = (theta: tf.Tensor): NoiseProblem<{ theta: tf.Tensor }> => ({
  params: { theta },
  samples,
  loss: mse,
  outputsOf: (indices) => (p) => tf.add(tf.zeros([indices.length, processes]), p.theta),
  targetsOf: (indices) => tf.tensor2d([...indices].map((i) => targetRows[i]!)),
});

/** A training step by plain SGD; disposes θ. */
function step(theta: tf.Tensor, substeps: number, at: number, noise = stream(substeps, "sde")) {
  const settings = { step: at, stream: noise, batchSize, learningRate, substeps };
  const { gradient } = sde.gradient(problemAt(theta), settings);
  const next = tf.tidy(() => tf.sub(theta, tf.mul(gradient.theta, learningRate)));
  disposeTree(gradient);
  theta.dispose();
  return next;
}

/** θ after one training step from the start, over and over: samples of the process at t = η. */
function oneStep(substeps: number): number[] {
  return Array.from({ length: 100 }, (_, run) => {
    const theta = step(tf.fill([processes], start), substeps, run);
    const values = [...theta.dataSync()];
    theta.dispose();
    return values;
  }).flat();
}

/** Mean and variance of Euler–Maruyama after m steps of h = η/m, in closed form. */
function eulerMaruyama(m: number): { mean: number; variance: number } {
  const h = learningRate / m;
  const decay = 1 - 2 * h;
  const variance = (4 * h * diffusion * (1 - decay ** (2 * m))) / (1 - decay ** 2);
  return { mean: start * decay ** m, variance };
}

const exact = {
  mean: start * Math.exp(-2 * learningRate),
  variance: diffusion * (1 - Math.exp(-4 * learningRate)),
};

const squares = (values: readonly number[], mean: number) => values.map((x) => (x - mean) ** 2);

describe("sde", () => {
  const results = [1, 2, 4, 8].map((m) => ({ m, values: oneStep(m), expected: eulerMaruyama(m) }));

  it.each(results)("is Euler–Maruyama with $m steps of η/$m", ({ values, expected }) => {
    expect(Math.abs(zScore(values, expected.mean))).toBeLessThan(4);
    expect(Math.abs(zScore(squares(values, expected.mean), expected.variance))).toBeLessThan(4);
  });

  it("refuses noise without the factor √(η/h)", () => {
    const { values, expected, m } = results[1]!;
    const wrong = squares(values, expected.mean).map((square) => square / m);
    expect(zScore(wrong, expected.variance)).toBeLessThan(-10);
  });

  it("converges to the Ornstein–Uhlenbeck process with weak order 1", () => {
    const errors = results.map(({ values }) => {
      const { mean, error } = meanOf(values);
      const variance = meanOf(squares(values, mean));
      return {
        mean: { value: mean - exact.mean, error },
        variance: { value: variance.mean - exact.variance, error: variance.error },
      };
    });
    for (const moment of ["mean", "variance"] as const) {
      // Twice the steps, half the error: e(h) − 2e(h/2) = O(h²), 0.06 of e(h) at most by closed form.
      const coarse = errors[2]![moment];
      const fine = errors[3]![moment];
      expect(Math.abs(coarse.value)).toBeGreaterThan(4 * coarse.error);
      const rest = Math.abs(coarse.value - 2 * fine.value);
      expect(rest).toBeLessThan(
        0.06 * Math.abs(coarse.value) + 3 * Math.hypot(coarse.error, 2 * fine.error),
      );
    }
    const sizes = errors.map(({ mean }) => Math.abs(mean.value));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });

  it("settles at the stationary variance of its step, ηc²/(1 − h)", () => {
    const m = 4;
    const seen: number[] = [];
    const noise = stream(7, "stationary");
    let theta: tf.Tensor = tf.fill([processes], start);
    for (let at = 0; at < 160; at++) {
      theta = step(theta, m, at, noise);
      // Correlated by e^(−3.2) = 0.04 from one to the next.
      if (at >= 10 && at % 4 === 0) seen.push(...theta.dataSync());
    }
    theta.dispose();
    const stationary = diffusion / (1 - learningRate / m);
    expect(Math.abs(zScore(squares(seen, 0), stationary))).toBeLessThan(4);
    // Steps of η, as SGD makes them, have a larger one.
    expect(zScore(squares(seen, 0), diffusion / (1 - learningRate))).toBeLessThan(-10);
  });
});
