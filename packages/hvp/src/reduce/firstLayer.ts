import {
  add,
  dispose,
  keep,
  matMul,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import type { ReducedLayer } from "./reducedLayers.js";
import type { RowSpan } from "./rowSpan.js";

/**
 * X·W with constant inputs X = L·Q, restricted to the span of their rows:
 *
 *   X·(W + Qᵀ·Z) = X·W + L·Z
 *
 * @param w W, [d, h]
 * @param product X·W, [b, h]; owned from now on
 */
export function firstLayer(w: Tensor2D, product: Tensor, inputs: RowSpan): ReducedLayer {
  const [d, h] = w.shape;
  const { rank } = inputs;
  const coefficients = keep(
    tensor2d(Float32Array.from(inputs.coefficients), [product.shape[0]!, rank]),
  );
  const coordinates = [keep(zeros([rank, h]))];
  return {
    coordinates,
    product: (_, [z]) => add(product, matMul(coefficients, z as Tensor2D)),
    lift: ([z]) =>
      tidy(() => {
        const q = tensor2d(Float32Array.from(inputs.basis()), [rank, d]);
        return matMul(transpose(q), z as Tensor2D);
      }),
    dispose: () => dispose([product, coefficients, ...coordinates]),
  };
}
