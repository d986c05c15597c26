import { ntk as kernelOf } from "@eoss/hvp";
import { type BatchQuantity, NOT_FINITE } from "../quantity.js";
import { solveTop } from "../topEigenvalue.js";

/**
 * E_B[(2/b)·λmax(K_B)], K_B = J_B J_Bᵀ the bC × bC Gram matrix of the tangent kernel (paper D). With this
 * factor it is λmax(G_B) of squared error, whatever the loss in use, and compares with 2/η there.
 *
 * Errors: standard error over batches; mean of the eigenpairs' residuals.
 */
export const ntk: BatchQuantity = {
  name: "ntk",
  description: "mean over batches of 2/b times the top eigenvalue of the tangent kernel",
  over: "batches",
  unit: "sharpness",
  needs: ["outputs"],
  cost: "3 to 15 products of the kernel a batch",
  async sample(batch, { tolerance, stream, pause }) {
    const kernel = kernelOf({ params: batch.params, chunks: batch.outputChunks() });
    const scale = 2 / batch.samples;
    try {
      if (!kernel.outputs.every(Number.isFinite)) return NOT_FINITE;
      const top = await solveTop(kernel, [], { tolerance, stream, pause });
      const { value, errorBound = 0, products, status } = top;
      return { value: scale * value, errorBound: scale * errorBound, products, status };
    } finally {
      kernel.dispose();
    }
  },
};
