import { type BatchQuantity, worstStatus } from "../quantity.js";

/**
 * gap = E_B[λmax(H_B)] − λmax(H), MiniBS − FullBS (eq. 3), over the batches of `minibs` and with the
 * eigenvalue of `fullbs`. λmax(H) is one fixed number: it moves the mean and adds nothing to the
 * standard error, but its numerical bound adds to that of the batches.
 */
export const gap: BatchQuantity = {
  name: "gap",
  description: "mini-batch sharpness less full-batch sharpness",
  over: "batches",
  unit: "curvature",
  needs: ["full-batch"],
  cost: "those of minibs and fullbs, none where they are measured too",
  async sample(batch, context) {
    const whole = await context.full().top("hessian");
    const part = await batch.top("hessian");
    return {
      value: part.value - whole.value,
      errorBound: (part.errorBound ?? 0) + (whole.errorBound ?? 0),
      products: part.products + whole.products,
      status: worstStatus(part.status, whole.status),
    };
  },
};
