import type { BatchQuantity } from "../registry/quantity.js";
import { eigenvalueReading } from "./eigenvalueReading.js";

/**
 * MiniBS = E_B[λmax(H_B)], the mean over batches of the top eigenvalue (Def. 3.1 of the paper's first
 * version, which says that SGD brings it to 2/η). In our runs it stands 1 to 2 times as high, and batch
 * sharpness comes to 2/η. The values of the single batches are its distribution.
 *
 * Errors: standard error over batches; mean of their error bounds. With `certify: "all"` each is certified:
 * at most one in 1,000 batches is off by more, see `topPairs`. Else batches of dense layers take `davidson`,
 * a quarter of the products, on an assumption that failed in 4 of 1,600 batches of 16 training runs, by
 * 4 % at most; their mean was 0.02 % low.
 */
export const minibs: BatchQuantity = {
  name: "minibs",
  description: "mini-batch sharpness, the mean over batches of the top Hessian eigenvalue",
  over: "batches",
  unit: "sharpness",
  matrix: "hessian",
  needs: [],
  reads: ["tolerance", "perLayer", "certify"],
  cost: "2 to 6 products a batch of dense layers, else 8 to 25",
  sample: (batch, context) => eigenvalueReading(batch, "hessian", context),
};
