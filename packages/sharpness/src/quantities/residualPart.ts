import { MATRIX_ERROR } from "../loss/rounding.js";
import { multiply, type Operator, type ReducedVector, solversOf } from "../loss/space.js";
import { type BatchQuantity, NOT_FINITE, worstStatus } from "../registry/quantity.js";
import { topPairs } from "../search/topPairs.js";

/**
 * E_B[‖R_B‖₂], the spectral norm of the residual part R_B = H_B − G_B of a batch's Hessian (eq. 6, right
 * term): the largest magnitude of its eigenvalues, which come with both signs. Parts `largest` and
 * `smallest`: the most positive and the most negative eigenvalue.
 *
 * A product with R_B is the difference of two, whose rounding is that of H_B: R_B is known to 1e-5 of
 * λmax(H_B) and no better, which the error bound includes. Both ends are certified; see `topPairs`.
 */
export const residualPart: BatchQuantity = {
  name: "residual-part",
  description: "mean over batches of the spectral norm of the Hessian less its Gauss–Newton part",
  over: "batches",
  unit: "curvature",
  needs: ["outputs"],
  reads: ["tolerance", "certify"],
  cost: "40 to 80 products a batch, and those of minibs",
  async sample(batch, { tolerance, stream, pause, certify }) {
    const hessian = await batch.reduced("hessian");
    const gaussNewton = await batch.reduced("gauss-newton");
    const whole = await batch.top("hessian");
    if (whole.status === "not-finite") return NOT_FINITE;
    const rounding = MATRIX_ERROR * Math.abs(whole.value);
    const { n, space } = hessian;
    const residual: Operator<ReducedVector> = {
      n,
      space,
      async apply(x, out) {
        const product = (await hessian.apply(x, out)) ?? out;
        const part = await multiply(gaussNewton, x, solversOf(space));
        const less = space.axpy(-1, part, product);
        solversOf(space).release(part);
        return less;
      },
    };
    const ends = await topPairs(residual, [], {
      ...{ tolerance, stream, pause, certify, rounding },
      // Not certified, an end is not believed before its neighbour is known.
      ...{ which: "both", count: 4 },
    });
    for (const vector of ends.vectors) space.release(vector);
    const larger = ends.values[0]! >= -ends.values.at(-1)! ? 0 : ends.values.length - 1;
    return {
      value: Math.abs(ends.values[larger]!),
      errorBound: ends.errorBounds[larger]!,
      errorKind: ends.errorKind,
      products: whole.products + 2 * ends.products,
      status: worstStatus(whole.status, ends.status),
      parts: {
        largest: { value: ends.values[0]!, errorBound: ends.errorBounds[0]! },
        smallest: { value: ends.values.at(-1)!, errorBound: ends.errorBounds.at(-1)! },
      },
    };
  },
};
