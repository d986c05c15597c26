import { matMul, mul } from "@tensorflow/tfjs-core";
import { z } from "zod";
import { defineModel, type ParameterSpec } from "./define.js";
import { flattened } from "./layers.js";

/**
 * Diagonal linear network, the paper's toy model (appendix F): for each output
 *
 *   f(x) = Σ_k a_k·b_k·x_k
 *
 * Parameters `a` and `b`, [inputs, outputs]. `diagonalLinearSharpness` knows its curvature.
 */
export const diagonalLinear = defineModel({
  name: "diagonal-linear",
  description: "the paper's toy: a product of two weights for each input, no bias",
  options: z.object({}),
  build({ inputShape, classes }) {
    const inputs = inputShape.reduce((product, n) => product * n, 1);
    const spec = (name: string): ParameterSpec => ({
      name,
      shape: [inputs, classes],
      role: "kernel",
      fanIn: inputs,
      fanOut: classes,
    });
    return {
      parameters: [spec("a"), spec("b")],
      apply: (params, x) => matMul(flattened(x), mul(params.a!, params.b!)),
    };
  },
});

/** Sharpness of the toy problem, in units that compare with 2/η. */
export interface DiagonalLinearSharpness {
  /** λ_k, the largest Hessian eigenvalue of the loss of sample e_k, [K]. */
  readonly perSample: Float64Array;
  /** λmax of the full-batch Hessian, max_k λ_k / K. */
  readonly fullBS: number;
  /** Mean over samples of λ_k: MiniBS of batch size one. */
  readonly miniBS: number;
}

/**
 * Closed-form sharpness of the diagonal linear network with one output on the data of the paper's
 * toy model: inputs e_1 … e_K, each equally likely, targets y_k, squared error without factor ½.
 *
 * Sample k concerns a_k and b_k alone, with the Hessian
 *
 *   H_k = 2·[[ b², 2ab − y ], [ 2ab − y, a² ]],   λ_k = a² + b² + √((a² − b²)² + 4(2ab − y)²)
 *
 * which is 2(a² + b²) at a minimum, where ab = y. The full-batch Hessian has the blocks H_k / K, so
 *
 *   FullBS = max_k λ_k / K,   MiniBS(b = 1) = Σ_k λ_k / K
 *
 * and with K = 2 the gap is half the smaller eigenvalue (at a minimum the paper's ½(λ₁ + λ₂)).
 *
 * @param a, b, targets [K] each
 *
 * @example
 * // At a minimum, where a·b = y, λ = 2(a² + b²).
 * const { perSample, fullBS, miniBS } = diagonalLinearSharpness([1, 2], [1, 0.5], [1, 1]);
 * perSample; // Float64Array [4, 8.5]
 * fullBS; // 4.25
 * miniBS; // 6.25
 */
export function diagonalLinearSharpness(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  targets: ArrayLike<number>,
): DiagonalLinearSharpness {
  const perSample = Float64Array.from({ length: targets.length }, (_, k) => {
    const [p, q] = [a[k]! ** 2, b[k]! ** 2];
    return p + q + Math.hypot(p - q, 2 * (2 * a[k]! * b[k]! - targets[k]!));
  });
  const samples = perSample.length;
  return {
    perSample,
    fullBS: Math.max(...perSample) / samples,
    miniBS: perSample.reduce((sum, value) => sum + value, 0) / samples,
  };
}
