import { eigenvalueReading } from "../eigenvalueReading.js";
import type { BatchQuantity } from "../quantity.js";

/**
 * MiniBS = E_B[λmax(H_B)], the mean over batches of the batch sharpness (Def. 3.1). It, not
 * FullBS, is what SGD brings to 2/η. The values of the single batches are its distribution.
 *
 * Errors: standard error over batches; mean of the eigenpairs' residuals.
 */
export const minibs: BatchQuantity = {
  name: "minibs",
  description: "mini-batch sharpness, the mean over batches of the top Hessian eigenvalue",
  over: "batches",
  unit: "sharpness",
  needs: [],
  cost: "3 to 15 products a batch",
  sample: (batch, context) => eigenvalueReading(batch, "hessian", context),
};
