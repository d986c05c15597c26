import type { FullQuantity } from "../quantity.js";
import { topEigenvalue } from "../topEigenvalue.js";

/**
 * FullBS = λmax(H), H the Hessian of the loss over all n samples (Def. 3.2); compares with 2/η.
 * Starts from the gradient and the eigenvector of the previous measurement: the top eigenvector may
 * have changed places with another one since, and the gradient leans towards the sharp directions.
 */
export const fullbs: FullQuantity = {
  over: "full",
  name: "fullbs",
  description: "full-batch sharpness, the top Hessian eigenvalue of the loss over all samples",
  async measure(view, context) {
    const hessian = view.hessian();
    const tracked = context.memory.get("fullbs");
    const starts = tracked ? [tracked, hessian.gradient] : [hessian.gradient];
    const { vector, ...reading } = await topEigenvalue(hessian, starts, context);
    if (vector !== undefined) context.memory.set("fullbs", vector);
    return reading;
  },
};
