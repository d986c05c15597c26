import { eigenvalueReading } from "../eigenvalueReading.js";
import type { BatchQuantity } from "../quantity.js";

/**
 * MiniBS = E_B[λmax(H_B)], the mean over batches of the top eigenvalue (Def. 3.1 of the paper's first
 * version, which says that SGD brings it to 2/η). In our runs it stands 1 to 2 times as high, and batch
 * sharpness comes to 2/η. The values of the single batches are its distribution.
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
