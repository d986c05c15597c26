import type { LossView } from "../loss/lossView.js";
import { solversOf } from "../loss/space.js";
import {
  type BatchQuantity,
  type MeasureContext,
  NOT_FINITE,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";
import { topPreconditioned } from "../search/preconditioned.js";

async function trackedReading(
  view: LossView,
  name: string,
  { memory, ...search }: MeasureContext,
  decay: number,
): Promise<Reading> {
  const start = memory.get(name);
  // As that of FullBS, what nothing is known of from before is certified always.
  const certify = search.certify !== false || start === undefined;
  const found = await topPreconditioned(view, { ...search, certify }, { start, decay });
  if (found === undefined) return NOT_FINITE;
  const { value, errorBound, errorKind, products, status, vectors, owned } = found;
  const [kept, ...rest] = vectors;
  if (kept !== undefined) memory.set(name, owned ? kept : solversOf(view.space).copy(kept));
  if (owned) for (const vector of rest) view.space.release(vector);
  return { value, errorBound, errorKind, products, status };
}

/**
 * λmax(P^(−½) H P^(−½)), P the diagonal by which the optimizer divides its step; for rules without one,
 * FullBS. Undefined, hence marked, before the first update that decides P.
 *
 * Error bound: as that of FullBS.
 *
 * @see Cohen et al. (2022), Adaptive gradient methods at the edge of stability
 */
export const preconditionedSharpness: SingleQuantity = {
  name: "preconditioned-sharpness",
  description:
    "top eigenvalue of the Hessian of the whole loss, preconditioned as the optimizer does",
  over: "full",
  unit: "sharpness",
  matrix: "preconditioned-hessian",
  needs: ["update"],
  reads: ["tolerance", "certify"],
  cost: "8 to 40 products over all samples",
  measure: (view, context) => trackedReading(view, "preconditioned-sharpness", context, 0),
};

/** E_B[λmax(P^(−½) H_B P^(−½))]. Errors as those of `minibs`. */
export const batchPreconditionedSharpness: BatchQuantity = {
  name: "batch-preconditioned-sharpness",
  description: "mean over batches of the top eigenvalue of the preconditioned Hessian",
  over: "batches",
  unit: "sharpness",
  matrix: "preconditioned-hessian",
  needs: ["update"],
  reads: ["tolerance", "certify"],
  cost: "8 to 30 products a batch",
  async sample(batch, search) {
    const found = await topPreconditioned(batch, search);
    if (found === undefined) return NOT_FINITE;
    const { value, errorBound, errorKind, products, status, vectors, owned } = found;
    if (owned) for (const vector of vectors) batch.space.release(vector);
    return { value, errorBound, errorKind, products, status };
  },
};

/**
 * Full-batch sharpness in units of the optimizer's own threshold: 1 is the edge of stability.
 *
 *   λmax(P^(−½)(H + w·I)P^(−½)) / threshold
 *
 * threshold = 2/η for SGD, (2 + 2β)/η for heavy ball, and so on: `threshold` of the optimizer,
 * part `threshold`; a mark, where it declares none. w is a weight decay that acts through the gradient. Error bound: as that of FullBS.
 */
export const momentumSharpness: SingleQuantity = {
  name: "momentum-sharpness",
  description:
    "full-batch sharpness over the stability threshold of the optimizer, momentum included",
  over: "full",
  unit: "none",
  matrix: "update-matrix",
  needs: ["update"],
  reads: ["tolerance", "certify"],
  cost: "those of fullbs or preconditioned-sharpness",
  async measure(view, context) {
    const { threshold, decay } = context.problem.update!.rule!;
    if (Number.isNaN(threshold)) return NOT_FINITE;
    const reading = await trackedReading(view, "momentum-sharpness", context, decay);
    return {
      ...reading,
      value: reading.value / threshold,
      errorBound: (reading.errorBound ?? Number.NaN) / threshold,
      parts: { threshold: { value: threshold } },
    };
  },
};
