import { disposeTree, mse } from "@eoss/hvp";
import { covarianceFactor, type NoiseProblem, sde } from "@eoss/noise";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "./backend.js";
import { meanOf, zScore } from "./statistics.js";

const samples = 64;
const processes = samples - 1;
const learningRate = 0.4;
const start = 1;

/** The columns p ≥ 1 of a Hadamard matrix: signs of mean zero over i, orthogonal to each other. */
const hadamard = (i: number, p: number) => {
  let sign = 1;
  for (let bits = i & p; bits > 0; bits &= bits - 1) sign = -sign;
  return sign;
};
const table = (valueAt: (sign: number) => number) =>
  Array.from({ length: samples }, (_, i) =>
    Array.from({ length: processes }, (_, p) => valueAt(hadamard(i, p + 1))),
  );

/** ℓ_i = Σ_p (x_ip·θ_p − y_ip)²: 63 processes in one problem, independent for orthogonal columns. */
interface Processes {
  readonly x: number[][];
  readonly y: number[][];
  readonly batchSize: number;
}

const problemAt = (theta: tf.Tensor, { x, y }: Processes): NoiseProblem<{ theta: tf.Tensor }> => {
  const rows = (from: number[][], indices: Int32Array) =>
    tf.tensor2d([...indices].map((i) => from[i]!));
  return {
    params: { theta },
    samples,
    head: mse,
    outputsOf: (indices) => (p) => tf.mul(rows(x, indices), p.theta),
    targetsOf: (indices) => rows(y, indices),
  };
};

/** A training step by plain SGD; disposes θ. */
function step(
  theta: tf.Tensor,
  kind: Processes,
  substeps: number,
  at: number,
  noise = stream(substeps, "sde"),
): tf.Tensor {
  const settings = { step: at, stream: noise, batchSize: kind.batchSize, learningRate, substeps };
  const { gradient } = sde.gradient(problemAt(theta, kind), settings);
  const next = tf.tidy(() => tf.sub(theta, tf.mul(gradient.theta, learningRate)));
  disposeTree(gradient);
  theta.dispose();
  return next;
}

/** θ after one training step from the start, over and over: samples of the process at t = η. */
function oneStep(kind: Processes, substeps: number): number[] {
  return Array.from({ length: 100 }, (_, run) => {
    const theta = step(tf.fill([processes], start), kind, substeps, run);
    const values = [...theta.dataSync()];
    theta.dispose();
    return values;
  }).flat();
}

const squares = (values: readonly number[], mean = 0) => values.map((x) => (x - mean) ** 2);

/*
 * Additive noise: x = 1, y = ±1. Then ∇L = 2θ and Σ = 4·I at every θ, an Ornstein–Uhlenbeck process:
 *
 *   dθ = −2θ dt + √(4ηc²) dW,   mean θ_0·e^(−2t),   variance ηc²·(1 − e^(−4t))
 */
const additive: Processes = { x: table(() => 1), y: table((sign) => sign), batchSize: 8 };
const diffusion = learningRate * covarianceFactor({ samples, batchSize: additive.batchSize }); // ηc²

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

describe("sde with additive noise", () => {
  const results = [1, 2, 4, 8].map((m) => ({
    m,
    values: oneStep(additive, m),
    expected: eulerMaruyama(m),
  }));

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
      theta = step(theta, additive, m, at, noise);
      // Correlated by e^(−3.2) = 0.04 from one to the next.
      if (at >= 10 && at % 4 === 0) seen.push(...theta.dataSync());
    }
    theta.dispose();
    const stationary = diffusion / (1 - learningRate / m);
    expect(Math.abs(zScore(squares(seen), stationary))).toBeLessThan(4);
    // Steps of η, as SGD makes them, have a larger one.
    expect(zScore(squares(seen), diffusion / (1 - learningRate))).toBeLessThan(-10);
  });
});

/*
 * Noise that grows with θ, as that of SGD does: x² = 1 ± a, y = 0. Then ∇L = 2θ and Σ = 4a²·diag(θ²),
 * a geometric Brownian motion, E θ(t)² = θ_0²·e^((s² − 4)t) with s² = 4a²ηc².
 */
describe("sde with multiplicative noise", () => {
  const a = 0.8;
  const multiplicative: Processes = {
    x: table((sign) => Math.sqrt(1 + a * sign)),
    y: table(() => 0),
    batchSize: 1,
  };
  const s2 = 4 * a ** 2 * learningRate; // c² = 1
  const secondMoment = (m: number) => {
    const h = learningRate / m;
    return start ** 2 * ((1 - 2 * h) ** 2 + s2 * h) ** m;
  };
  const results = [1, 2, 4].map((m) => ({ m, values: oneStep(multiplicative, m) }));

  it.each(results)("is Euler–Maruyama with $m steps of η/$m, Σ taken at each", ({ m, values }) => {
    expect(Math.abs(zScore(values, start * (1 - (2 * learningRate) / m) ** m))).toBeLessThan(4);
    expect(Math.abs(zScore(squares(values), secondMoment(m)))).toBeLessThan(4);
  });

  it("refuses noise that stays at the size it had in the beginning", () => {
    const { m, values } = results[2]!;
    const decay = 1 - (2 * learningRate) / m;
    const variance = (s2 * (learningRate / m) * (1 - decay ** (2 * m))) / (1 - decay ** 2);
    expect(zScore(squares(values), decay ** (2 * m) + variance)).toBeLessThan(-4);
  });

  it("comes close to geometric Brownian motion", () => {
    const exact = Math.exp((s2 - 4) * learningRate);
    const errors = results.map(({ values }) => Math.abs(meanOf(squares(values)).mean - exact));
    expect(errors[0]!).toBeGreaterThan(errors[1]!);
    expect(errors[1]!).toBeGreaterThan(errors[2]!);
  });
});
