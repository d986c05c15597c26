import type { Part } from "@eoss/sharpness";
import { ERROR_KINDS, MATRICES, OVER, UNITS } from "@eoss/sharpness/internal";
import { z } from "zod";
import { count, fields, list, name, named } from "./checks.js";

/** JSON has no infinity or NaN: a number that was not finite stands as null. */
const optionalError = z
  .number()
  .nonnegative()
  .nullish()
  .transform((error) => error ?? undefined);
const batchValue = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

/** A line of `metrics.jsonl`. The comments are the reference of the format: the site shows them. */
export const recordSchema = fields({
  /** Number of parameter updates made before the measurement. */
  step: count,
  /** Name of the quantity, e.g. `minibs`, `fullbs`, `batch-sharpness`, `loss`, `step-loss`. */
  quantity: name,
  /** The number; null when it is not finite (JSON has no infinity), and the status says why. */
  value: z.number().nullable(),
  /** Unit of the value; absent in records of older versions. One of a later version is left out. */
  unit: z.enum(UNITS).optional().catch(undefined),
  /** The matrix that the number is of; absent in records of older versions. */
  matrix: z.enum(MATRICES).optional().catch(undefined),
  /** The losses that the number is of; absent in records of older versions. */
  over: z.enum(OVER).optional().catch(undefined),
  /** Standard error of a Monte Carlo mean over batches, in the unit of the value. */
  standardError: optionalError,
  /** Half width of the 95 % interval of such a mean, the sequential stop included. */
  margin: optionalError,
  /** Bound on the numerical error (eigensolver residual, rounding), in the unit of the value. */
  errorBound: optionalError,
  /** What that bound says of the top eigenvalues that the number rests on; see `errorSentences`. */
  errorKind: z.enum(ERROR_KINDS).optional().catch(undefined),
  /** Samples that the number rests on, repeats counted. */
  samples: count,
  /** Hessian-vector products spent; for `minibs` one product is one on a batch. */
  products: z.number().nonnegative(),
  /** Seconds that the measurement took. */
  seconds: z.number().nonnegative(),
  /**
   * `converged` (error within the tolerance), `budget-spent` (it is not), `exact`, `not-finite`, or
   * `imported`: of a number from another program neither error nor cost is known, and the costs are 0.
   */
  status: name,
  /** Values of the single batches behind a mean, in the order drawn. */
  batches: list(batchValue).optional(),
  /** Further numbers by name; null where one is not finite. */
  parts: named(z.custom<Part>(isPart, "not a valid part")).optional(),
});

/** One line of `metrics.jsonl`: one measured number, how far to trust it, and what it cost. */
export type MetricRecord = z.output<typeof recordSchema>;

/** A number that was not finite stands as null. */
function isPart(part: unknown): boolean {
  if (typeof part !== "object" || part === null) return false;
  const { value, standardError, margin, errorBound } = part as Record<string, unknown>;
  const isNumber = (number: unknown) => number === null || typeof number === "number";
  const isOneOrSeveral = (numbers: unknown) => [numbers].flat().every(isNumber);
  return (
    isOneOrSeveral(value) &&
    [standardError, margin, errorBound].every(
      (error) => error === undefined || isOneOrSeveral(error),
    )
  );
}
