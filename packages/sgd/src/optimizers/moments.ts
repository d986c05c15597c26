import { add, div, mul, sqrt, square, sub, type Tensor, tidy } from "@tensorflow/tfjs-core";

/** The moments of Adam and AdamW. */
export type Moments = Readonly<Record<"mean" | "meanSquare", Tensor>>;

// Each expression is tidied by itself: at 1.8 million parameters an intermediate is 7 MB, and memory
// that is used again at once is faster.

/**
 * β·average + (1 − β)·next. For β near 1 as average + (1 − β)·(next − average): in single precision β
 * and 1 − β do not add up to 1, which would shift the average of a constant by 1e-5 for β = 0.999.
 */
function movingAverage(average: Tensor, next: Tensor, beta: number): Tensor {
  return tidy(() =>
    beta < 0.5
      ? add(mul(average, beta), mul(next, 1 - beta))
      : add(average, mul(sub(next, average), 1 - beta)),
  );
}

/** β·meanSquare + (1 − β)·g² */
export function meanOfSquares(meanSquare: Tensor, gradient: Tensor, beta: number): Tensor {
  return tidy(() => movingAverage(meanSquare, square(gradient), beta));
}

export function updateMoments(
  { mean, meanSquare }: Moments,
  gradient: Tensor,
  [beta1, beta2]: readonly [number, number],
): Moments {
  return {
    mean: movingAverage(mean, gradient, beta1),
    meanSquare: meanOfSquares(meanSquare, gradient, beta2),
  };
}

/**
 * Adam's step η·m̂ / (√v̂ + ε), with m̂ = mean/c₁, v̂ = meanSquare/c₂ and c = 1 − β^t. The corrections
 * are drawn together into one factor, which saves a pass: η√c₂/c₁ · mean / (√meanSquare + ε√c₂).
 *
 * @param updates t, updates made, the present one included
 */
export function adamStep(
  { mean, meanSquare }: Moments,
  updates: number,
  learningRate: number,
  betas: readonly [number, number],
  epsilon: number,
): Tensor {
  const [c1, rootC2] = corrections(updates, betas);
  return tidy(() => {
    const direction = div(mean, add(sqrt(meanSquare), epsilon * rootC2));
    return mul(direction, (learningRate * rootC2) / c1);
  });
}

/**
 * P = c₁·(√(meanSquare/c₂) + ε), so that Adam's step is η P⁻¹·mean.
 *
 * @see Cohen et al. (2022), Adaptive gradient methods at the edge of stability
 */
export function adamPreconditioner(
  { meanSquare }: Moments,
  updates: number,
  betas: readonly [number, number],
  epsilon: number,
): Tensor {
  const [c1, rootC2] = corrections(updates, betas);
  return tidy(() => add(mul(sqrt(meanSquare), c1 / rootC2), c1 * epsilon));
}

/** c₁ and √c₂ */
function corrections(updates: number, [beta1, beta2]: readonly [number, number]) {
  return [1 - beta1 ** updates, Math.sqrt(1 - beta2 ** updates)] as const;
}

/**
 * The sharpness at which an averaged momentum, mean ← β·mean + (1 − β)·g, θ ← θ − η·mean, becomes unstable
 * on a quadratic: with eigenvalue −1 it has 2(1 + β) = η(1 − β)λ.
 *
 * @param beta β₁
 */
export function averagedMomentumThreshold(learningRate: number, beta: number): number {
  return (2 + 2 * beta) / ((1 - beta) * learningRate);
}
