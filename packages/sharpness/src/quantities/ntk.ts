import { type BatchQuantity, NOT_FINITE } from "../registry/quantity.js";
import { topPairs } from "../search/topPairs.js";

/**
 * E_B[(2/b)·λmax(K_B)], K_B = J_B J_Bᵀ the bC × bC Gram matrix of the tangent kernel (paper D). With this
 * factor it is λmax(G_B) of squared error, whatever the loss in use, and compares with 2/η there.
 *
 * Errors: standard error over batches; mean of their certified bounds.
 */
export const ntk: BatchQuantity = {
  name: "ntk",
  description: "mean over batches of 2/b times the top eigenvalue of the tangent kernel",
  over: "batches",
  unit: "sharpness",
  matrix: "tangent-kernel",
  needs: ["outputs"],
  reads: ["tolerance", "certify"],
  cost: "8 to 25 products of the kernel a batch",
  async sample(batch, search) {
    const kernel = await batch.tangentKernel();
    const scale = 2 / batch.samples;
    try {
      if (!Array.from(kernel.outputs).every(Number.isFinite)) return NOT_FINITE;
      const top = await topPairs(kernel, [], search);
      for (const vector of top.vectors) kernel.space.release(vector);
      const { value, errorBound = 0, errorKind, products, status } = top;
      return { value: scale * value, errorBound: scale * errorBound, errorKind, products, status };
    } finally {
      kernel.dispose();
    }
  },
};
