import type { FullQuantity } from "../quantity.js";
import { topEigenvalue } from "../topEigenvalue.js";

/**
 * FullBS = λmax(H), H the Hessian of the loss over all n samples (Def. 3.2); compares with 2/η.
 * Starts from the eigenvector of the previous measurement, the first time from the gradient.
 */
export const fullbs: FullQuantity = {
  over: "full",
  name: "fullbs",
  description: "full-batch sharpness, the top Hessian eigenvalue of the loss over all samples",
  async measure(view, context) {
    const hessian = view.hessian();
    const start = context.memory.get("fullbs") ?? hessian.gradient;
    const { vector, ...reading } = await topEigenvalue(hessian, start, context);
    context.memory.set("fullbs", vector);
    return reading;
  },
};
