import { covarianceFactor, directionalWeights } from "@eoss/noise";
import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";

const samples = 12;
const batchSize = 3;
const draws = 20_000;

/** z-scores of the sampled second moments of w_i − 1/n against those of batch indicators 1[i ∈ B]/b. */
function zScores(weightsAt: (step: number) => Float64Array): number[] {
  // Without replacement: Var = (n−b)/(b·n²), Cov = −Var/(n−1).
  const variance = (samples - batchSize) / (batchSize * samples ** 2);
  const expected = (i: number, j: number) => (i === j ? variance : -variance / (samples - 1));
  const sums = Array.from({ length: samples }, () => new Float64Array(samples));
  for (let step = 0; step < draws; step++) {
    const w = weightsAt(step);
    for (let i = 0; i < samples; i++) {
      for (let j = 0; j <= i; j++) sums[i]![j]! += (w[i]! - 1 / samples) * (w[j]! - 1 / samples);
    }
  }
  const scores: number[] = [];
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j <= i; j++) {
      // Gaussian: Var(xy) = Var(x)·Var(y) + Cov(x, y)².
      const deviation = Math.sqrt((variance ** 2 + expected(i, j) ** 2) / draws);
      scores.push((sums[i]![j]! / draws - expected(i, j)) / deviation);
    }
  }
  return scores;
}

describe("directionalWeights", () => {
  const noise = stream(21, "noise");

  it("has the mean and covariance of batches drawn without replacement", () => {
    const scores = zScores((step) => directionalWeights({ samples, batchSize }, noise, step));
    expect(scores).toHaveLength(78);
    for (const z of scores) expect(Math.abs(z)).toBeLessThan(4.2);
  });

  it("the same test refuses noise that is 3 % too large", () => {
    const scores = zScores((step) =>
      directionalWeights({ samples, batchSize }, noise, step).map(
        (w) => 1 / samples + 1.03 * (w - 1 / samples),
      ),
    );
    expect(Math.max(...scores.map(Math.abs))).toBeGreaterThan(4.2);
  });

  it("sums to one, so that the noise has mean zero, and repeats by step", () => {
    const w = directionalWeights({ samples, batchSize }, noise, 5);
    expect(w.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12);
    expect(directionalWeights({ samples, batchSize }, noise, 5)).toEqual(w);
    expect(directionalWeights({ samples, batchSize }, noise, 6)).not.toEqual(w);
  });
});

describe("covarianceFactor", () => {
  it("vanishes at the full batch without replacement, and is 1/b with it", () => {
    expect(covarianceFactor({ samples, batchSize: samples })).toBe(0);
    expect(covarianceFactor({ samples, batchSize: 1 })).toBe(1);
    expect(covarianceFactor({ samples, batchSize: 4, replacement: true })).toBe(0.25);
  });

  it("refuses sizes that do not fit", () => {
    expect(() => covarianceFactor({ samples: 4, batchSize: 5 })).toThrow(/from 1 to 4/);
    expect(() => covarianceFactor({ samples: 1, batchSize: 1 })).toThrow(/at least 2 samples/);
  });
});
