import type { BatchQuantity } from "../quantity.js";
import { topEigenvalue } from "../topEigenvalue.js";

/**
 * MiniBS = E_B[λmax(H_B)], the mean over batches of the batch sharpness (Def. 3.1). It, not
 * FullBS, is what SGD brings to 2/η.
 */
export const minibs: BatchQuantity = {
  over: "batches",
  name: "minibs",
  description: "mini-batch sharpness, the mean over batches of the top Hessian eigenvalue",
  async sample(batch, context) {
    const hessian = batch.hessian();
    const { vector: _, ...reading } = await topEigenvalue(hessian, [hessian.gradient], context);
    return reading;
  },
};
