import type { CurvatureKind } from "../lossView.js";
import { type BatchQuantity, worstStatus } from "../quantity.js";
import { dot, sineBeside, squaredCosine, squaredCosineError } from "../vectors.js";

/**
 * E_B[cos²(u_B, v_B)], u_B and v_B the top eigenvectors of H_B and of its Gauss–Newton part G_B (paper D,
 * Fig. 17). Part `ratio`: E_B[λmax(G_B)/λmax(H_B)].
 *
 * Error bound: how far cos² moves as both vectors turn by the angles by which they may be off, as in
 * `alignment`; of the ratio, the sum of the eigenvalues' relative bounds. The tolerance is absolute.
 */
export const overlap: BatchQuantity = {
  name: "overlap",
  description: "cos² between the top eigenvectors of a batch's Hessian and Gauss–Newton matrix",
  over: "batches",
  unit: "fraction",
  needs: ["outputs"],
  cost: "2 products a batch, and those of minibs and gauss-newton",
  async sample(batch) {
    const hessian = await batch.top("hessian");
    const gaussNewton = await batch.top("gauss-newton");
    let products = hessian.products + gaussNewton.products;
    const status = worstStatus(hessian.status, gaussNewton.status);
    const [u] = hessian.vectors;
    const [v] = gaussNewton.vectors;
    if (u === undefined || v === undefined) return { value: Number.NaN, products, status };
    const ratio = gaussNewton.value / hessian.value;
    const relative = (top: typeof hessian) => (top.errorBound ?? 0) / Math.abs(top.value);
    const value = squaredCosine(u, v);
    // Each matrix along the top vector of the other one.
    const along = (kind: CurvatureKind, x: Float32Array) => {
      const image = new Float32Array(x.length);
      batch.curvature(kind).apply(x, image);
      products += 1;
      return dot(x, image) / dot(x, x);
    };
    const sines = [
      sineBeside(hessian, value, along("hessian", v)),
      sineBeside(gaussNewton, value, along("gauss-newton", u)),
    ];
    return {
      value,
      scale: 1,
      errorBound: squaredCosineError(value, ...sines),
      errorKind: "assumed",
      products,
      status,
      parts: {
        ratio: {
          value: ratio,
          errorBound: Math.abs(ratio) * (relative(hessian) + relative(gaussNewton)),
        },
      },
    };
  },
};
