import {
  type BatchQuantity,
  type MeasurementStatus,
  type Reading,
  worstStatus,
} from "../registry/quantity.js";
import { type ErrorKind, weakestKind } from "../search/errorKind.js";

/** λmax(H), as far as it is known. */
interface FullSharpness {
  readonly value: number;
  readonly errorBound?: number | undefined;
  readonly errorKind?: ErrorKind | undefined;
  readonly products: number;
  readonly status: MeasurementStatus;
}

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
  reads: ["tolerance", "top", "certify"],
  cost: "those of minibs and fullbs, none where they are measured too",
  sample: async (batch, { full }) =>
    difference(await batch.top("hessian"), await full().top("hessian")),
};

/** The gap to a full-batch sharpness that is known already, at the same parameters. */
export function gapTo(fullbs: Omit<FullSharpness, "products">): BatchQuantity {
  return {
    ...gap,
    needs: [],
    sample: async (batch) => gapReading(await batch.top("hessian"), fullbs),
  };
}

/** What that gap is for a batch, from its λmax. */
export function gapReading(part: Reading, fullbs: Omit<FullSharpness, "products">) {
  return difference(part, { ...fullbs, products: 0 });
}

function difference(part: Reading, whole: FullSharpness) {
  return {
    value: part.value - whole.value,
    errorBound: (part.errorBound ?? 0) + (whole.errorBound ?? 0),
    errorKind: weakestKind(part.errorKind, whole.errorKind),
    products: part.products + whole.products,
    status: worstStatus(part.status, whole.status),
  };
}
