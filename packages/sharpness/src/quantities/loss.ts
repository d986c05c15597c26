import type { LossView } from "../loss/lossView.js";
import { forwardError } from "../loss/rounding.js";
import type { Reading, SingleQuantity } from "../registry/quantity.js";

async function lossReading(view: LossView): Promise<Reading> {
  const value = await view.loss();
  return { value, errorBound: forwardError(value), products: 0, status: "exact" };
}

/** L(θ), the mean loss over all n samples. Exact but for rounding. */
export const loss: SingleQuantity = {
  name: "loss",
  description: "training loss over all samples",
  over: "full",
  unit: "loss",
  needs: [],
  reads: [],
  cost: "one forward pass over all samples",
  measure: lossReading,
};

/** The mean loss over the held-out samples. Exact, for these samples, but for rounding. */
export const testLoss: SingleQuantity = {
  name: "test-loss",
  description: "loss over held-out samples",
  over: "held-out",
  unit: "loss",
  needs: [],
  reads: [],
  cost: "one forward pass over the held-out samples",
  measure: lossReading,
};
