import type { Problem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";

/**
 * The paper's toy (Appendix F): f(x) = Σ_k a_k b_k x_k on the inputs e₁, e₂, ..., squared error.
 * Sample k sees the parameters a_k, b_k alone, so everything has a closed form.
 */
export interface Toy {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly y: readonly number[];
}

/** ℓ_k = (a_k b_k − y_k)², as a loss over samples. */
export function toyProblem({ a, b, y }: Toy, batchSize: number): Problem {
  const params = { a: tf.tensor1d([...a]), b: tf.tensor1d([...b]) };
  const targets = Float32Array.from(y);
  return {
    params,
    samples: y.length,
    batchSize,
    lossOf: (indices) => (p: typeof params) => {
      const weights = new Float32Array(y.length);
      for (const index of indices) weights[index]! += 1 / indices.length;
      const residual = tf.sub(tf.mul(p.a, p.b), tf.tensor1d(targets));
      return tf.sum(tf.mul(tf.tensor1d(weights), tf.square(residual)));
    },
  };
}

/** λmax of ∇²ℓ_k = 2·[[b², 2ab − y], [2ab − y, a²]]. */
export function sampleSharpness({ a, b, y }: Toy, k: number): number {
  const [p, q, r] = [b[k]! ** 2, a[k]! ** 2, 2 * a[k]! * b[k]! - y[k]!];
  return p + q + Math.hypot(p - q, 2 * r);
}

/** gᵀHg/‖g‖² of ℓ_k: g is along (b, a). */
export function sampleStepSharpness({ a, b, y }: Toy, k: number): number {
  const [u, v] = [b[k]!, a[k]!];
  const cross = 2 * a[k]! * b[k]! - y[k]!;
  return (2 * (u ** 4 + v ** 4 + 2 * cross * u * v)) / (u ** 2 + v ** 2);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
