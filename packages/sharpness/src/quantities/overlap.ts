import { squaredCosine } from "../loss/space.js";
import { squaredCosineError } from "../loss/squaredCosineError.js";
import { type BatchQuantity, worstStatus } from "../registry/quantity.js";
import { certifiedAngle } from "../search/certifiedAngle.js";
import { weakestKind } from "../search/errorKind.js";

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
  reads: ["tolerance", "certify"],
  cost: "20 to 60 products a batch, and those of minibs and gauss-newton",
  async sample(batch, context) {
    const hessian = await batch.top("hessian");
    const gaussNewton = await batch.top("gauss-newton");
    const angles = [
      await certifiedAngle(batch, "hessian", hessian, context),
      await certifiedAngle(batch, "gauss-newton", gaussNewton, context),
    ] as const;
    const parts = [hessian, gaussNewton, ...angles];
    const products = parts.reduce((sum, part) => sum + part.products, 0);
    const status = worstStatus(hessian.status, gaussNewton.status);
    const [u] = hessian.vectors;
    const [v] = gaussNewton.vectors;
    if (u === undefined || v === undefined) return { value: Number.NaN, products, status };
    const ratio = gaussNewton.value / hessian.value;
    const relative = (top: typeof hessian) => (top.errorBound ?? 0) / Math.abs(top.value);
    const value = await squaredCosine(batch.space, u, v);
    return {
      value,
      scale: 1,
      errorBound: squaredCosineError(value, angles[0].sine, angles[1].sine),
      errorKind: weakestKind(...angles.map(({ errorKind }) => errorKind)),
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
