/** Coordinates of a layer whose inputs vary. */

import {
  add,
  clone,
  dispose,
  keep,
  matMul,
  sub,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tidy,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import type { GradientRule } from "../rules/rule.js";
import { composite } from "../tape/constant.js";
import { share } from "../tape/share.js";
import type { ReducedLayer } from "./reducedLayers.js";
import type { RowSpan } from "./rowSpan.js";

/**
 * a·W with inputs that vary, restricted to the span of the rows of a, Q, and of δ = ∂L/∂(a·W), D:
 *
 *   W(Z) = W + Qᵀ·Z₁ + P·Z₂ᵀ·D,   P = I − QᵀQ
 *
 * Derivatives are taken at Z = 0, where a·P = 0: what is zero there is not computed.
 *
 * @param w W, [d, h]
 * @param product a·W, [b, h]; owned from now on
 * @param inputs of the rows of a
 * @param outputs of the rows of δ
 */
export function innerLayer(
  w: Tensor2D,
  product: Tensor,
  inputs: RowSpan,
  outputs: RowSpan,
): ReducedLayer {
  const [d, h] = w.shape;
  const basisOf = (span: RowSpan, columns: number) =>
    keep(tensor2d(Float32Array.from(span.basis()), [span.rank, columns]));
  // Not W itself, which stands for Z while a function is restricted.
  const constants = { w: keep(share(w)), q: basisOf(inputs, d), d: basisOf(outputs, h) };
  const coordinates = [keep(zeros([inputs.rank, h])), keep(zeros([outputs.rank, d]))];
  return {
    coordinates,
    product: (a, [z1, z2]) =>
      composite(reducedProduct, { a, ...constants, z1: z1!, z2: z2! }, () => clone(product)),
    lift: ([z1, z2]) =>
      tidy(() => {
        const { q, d } = constants;
        const second = transpose(z2 as Tensor2D);
        // Qᵀ·Z₁ + P·Z₂ᵀ·D = Qᵀ·(Z₁ − Q·Z₂ᵀ·D) + Z₂ᵀ·D
        const inside = sub(z1!, matMul(matMul(q, second), d)) as Tensor2D;
        return add(matMul(transpose(q), inside), matMul(second, d));
      }),
    dispose: () => dispose([product, Object.values(constants), coordinates]),
  };
}

/** z = a·W(Z) */
export const reducedProduct: GradientRule = {
  kernelName: "ReducedProduct",
  saveInputs: ["a", "w", "q", "d", "z1", "z2"],
  gradient: ({ dy, input }) => {
    const [a, w, q, d] = [input("a"), input("w"), input("q"), input("d")];
    return {
      a: () =>
        composite(transposedProduct, { dy, w, q, d, z1: input("z1"), z2: input("z2") }, () =>
          matMul(dy, w, false, true),
        ),
      z1: () => matMul(matMul(a, q, false, true), dy, true, false),
      z2: () => composite(outerGradient, { a, dy, q, d }, () => zeros(input("z2").shape)),
    };
  },
};

/** u = y·W(Z)ᵀ */
const transposedProduct: GradientRule = {
  kernelName: "TransposedReducedProduct",
  saveInputs: ["dy", "w", "q", "d"],
  gradient: ({ dy: u, input }) => {
    const [y, w, q, d] = [input("dy"), input("w"), input("q"), input("d")];
    return {
      dy: () => matMul(u, w),
      z1: () => matMul(matMul(u, q, false, true), y, true, false),
      z2: () => matMul(matMul(y, d, false, true), outside(u, q), true, false),
    };
  },
};

/** g₂ = D·yᵀ·a·P, the gradient with respect to Z₂; zero where it is taken. */
const outerGradient: GradientRule = {
  kernelName: "OuterGradient",
  saveInputs: ["dy", "q", "d"],
  gradient: ({ dy: v, input }) => ({
    a: () => outside(matMul(matMul(input("dy"), input("d"), false, true), v), input("q")),
  }),
};

/** x·P */
function outside(x: Tensor, q: Tensor): Tensor {
  return sub(x, matMul(matMul(x, q, false, true), q));
}
