/** The contract of a quantity: what it needs, what it measures, what a measurement says. */

import type { RandomStream } from "@eoss/rng";
import type { CurvatureKind, Problem } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import type { Vector } from "../loss/space.js";
import type { ErrorKind } from "../search/errorKind.js";
import type { Memory } from "../search/remembered.js";
import type { Matrix, Over } from "./matrix.js";

/**
 * - `converged`: the error is within the tolerance.
 * - `budget-spent`: it is not, and the batches or products that were allowed are used up.
 * - `exact`: only rounding separates the value from the truth.
 * - `not-finite`: the loss or its curvature is no longer a number, or the quantity has no value
 *   here, such as the direction of a gradient that is zero.
 */
export const STATUSES = ["converged", "budget-spent", "exact", "not-finite"] as const;
export type MeasurementStatus = (typeof STATUSES)[number];

/**
 * - `sharpness`: loss per parameter², a curvature that bounds the step size; `comparedWith` says how.
 * - `curvature`: the same unit, but a sum or difference that does not.
 * - `curvature-slope`: loss per parameter³.
 * - `loss`, `gradient` (loss per parameter), `gradient²`, `parameters` (a length in θ).
 * - `fraction`: from 0 to 1. `none`: a number without unit.
 */
export const UNITS = [
  "sharpness",
  "curvature",
  "curvature-slope",
  "loss",
  "gradient",
  "gradient²",
  "parameters",
  "fraction",
  "none",
] as const;
export type Unit = (typeof UNITS)[number];

/**
 * What a quantity uses beside the loss of the samples that it is handed:
 *
 * - `full-batch`: the loss over all n samples, beside batches.
 * - `draws`: batches drawn for it alone, beside the whole loss.
 * - `independent-samples`: that the loss is a mean over samples, as without batch normalisation.
 * - `outputs`: outputs of the network, targets and loss head.
 * - `update`: the update rule; `learning-rate`: η alone.
 * - `initial-params`: where training began.
 * - `shapes`: the shapes of the parameter tensors.
 */
export const NEEDS = [
  "full-batch",
  "draws",
  "independent-samples",
  "outputs",
  "update",
  "learning-rate",
  "initial-params",
  "shapes",
] as const;
export type Need = (typeof NEEDS)[number];

/** Settings of measuring that not every quantity reads; the names are those of `MeasureContext`. */
export const READS = ["tolerance", "top", "perLayer", "certify"] as const;
export type ReadSetting = (typeof READS)[number];

/** A further number of a measurement, or a list of them, with errors of the same shape. */
export interface Part {
  readonly value: number | readonly number[];
  readonly standardError?: number | readonly number[];
  readonly margin?: number | readonly number[];
  readonly errorBound?: number | readonly number[];
}

/** Further numbers by name: plain data, as it goes into a record. */
export type Parts = Readonly<Record<string, Part>>;

/** A measured number, how far it can be trusted, and what it cost. */
export interface Measurement {
  readonly quantity: string;
  readonly value: number;
  readonly unit: Unit;
  /** The matrix that the number is of, and the losses: what `comparedWith` asks. */
  readonly matrix: Matrix;
  readonly over: Over;
  /** Standard error of a mean over batches or random vectors, in the unit of the value. */
  readonly standardError?: number;
  /**
   * Half width of the 95 % interval of a mean over batches or random vectors: the standard error times
   * Student's quantile, and what the skewness of few values makes uncertain (see `MonteCarlo`).
   */
  readonly margin?: number;
  /** Bound on the numerical error, in the unit of the value. */
  readonly errorBound?: number;
  /** Of a number that rests on top eigenvalues: what the bound says of them; see `errorSentences`. */
  readonly errorKind?: ErrorKind;
  /** Samples that the number rests on, repeats counted. */
  readonly samples: number;
  /**
   * Hessian-vector products spent. Work that several quantities of one measurement share, such as
   * the top eigenpair of a batch, is booked to the first of them that needs it; so is its time.
   */
  readonly products: number;
  readonly seconds: number;
  readonly status: MeasurementStatus;
  /** Values of the single batches behind a mean, in the order drawn. */
  readonly batches?: readonly number[];
  /** Further numbers by name, each in the unit that the quantity's description says. */
  readonly parts?: Parts;
}

/** What a quantity may use besides the loss. */
export interface MeasureContext {
  readonly problem: Problem;
  /** Relative error that is good enough, for statistical and numerical errors each. */
  readonly tolerance: number;
  /** Whether eigenvalues are certified; see `MeasureOptions`. */
  readonly certify?: boolean | undefined;
  /** Eigenpairs of the full-batch matrices that are wanted. */
  readonly top: number;
  /** Whether eigenvalues of the diagonal block of each parameter tensor are wanted too. */
  readonly perLayer: boolean;
  /** Randomness of this quantity at this step. */
  readonly stream: RandomStream;
  /**
   * Vectors that a quantity keeps from one step to the next, to start from. Empty for each batch of a
   * batch quantity, since batches are looked at in any order.
   */
  readonly memory: Memory<Vector>;
  /** Awaited after each product: lets a caller breathe, or stop the measurement by rejecting. */
  readonly pause: () => Promise<void>;
  /** The loss over all n samples, shared; for quantities that need the `full-batch`. */
  full(): LossView;
  /** Batch number `index` of this measurement, the same for all quantities; the caller disposes it. */
  drawBatch(index: number): LossView;
}

/** A number of one loss, before it is known how long it took. */
export interface Reading {
  readonly value: number;
  /** Of a batch quantity: the quantity is then the mean of values over the mean of denominators. */
  readonly denominator?: number;
  /** Of a batch quantity: what the tolerance is relative to, on average; default the value itself. */
  readonly scale?: number;
  /** Statistical error, e.g. over random vectors. */
  readonly standardError?: number;
  /** Half width of the 95 % interval of a mean that the quantity takes itself. */
  readonly margin?: number;
  /** Numerical error; beside a denominator, that of the value alone. */
  readonly errorBound?: number;
  /** As that of a `Measurement`. */
  readonly errorKind?: ErrorKind | undefined;
  readonly products: number;
  readonly status: MeasurementStatus;
  /** Over batches, the mean of each part is taken. */
  readonly parts?: Parts;
}

/** The reading of what has no value here. */
export const NOT_FINITE: Reading = { value: Number.NaN, products: 0, status: "not-finite" };

/** What every quantity says of itself. */
interface QuantityDescription {
  /** For `--measure`: lower-case words with hyphens. */
  readonly name: string;
  /** One line for help texts. */
  readonly description: string;
  readonly unit: Unit;
  /** What it is of; left out, `hessian` for the unit sharpness and `none` for all others. */
  readonly matrix?: Matrix;
  readonly needs: readonly Need[];
  /** The settings of measuring that its numbers depend on; left out, any of them may be. */
  readonly reads?: readonly ReadSetting[];
  /** What it costs, in words, e.g. "one product a batch". */
  readonly cost: string;
}

/** A quantity of one loss: over all training samples, the batch of the next step, or held-out ones. */
export interface SingleQuantity extends QuantityDescription {
  readonly over: "full" | "step" | "held-out";
  /**
   * The matrix over all samples whose top eigenvectors are this quantity's to remember, under its name:
   * every search for them starts there.
   */
  readonly remembers?: CurvatureKind;
  measure(view: LossView, context: MeasureContext): Reading | Promise<Reading>;
}

/**
 * The mean over batches of a number that each batch loss has. Batches are drawn, linearised and
 * shared by the scheduler, which also stops when the standard error of the mean is small enough.
 */
export interface BatchQuantity extends QuantityDescription {
  readonly over: "batches";
  sample(batch: LossView, context: MeasureContext): Reading | Promise<Reading>;
}

export type Quantity = SingleQuantity | BatchQuantity;

/** The worst of several statuses, from worst to best: not-finite, budget-spent, converged, exact. */
export function worstStatus(...statuses: readonly MeasurementStatus[]): MeasurementStatus {
  const order: MeasurementStatus[] = ["not-finite", "budget-spent", "converged", "exact"];
  return order.find((status) => statuses.includes(status)) ?? "exact";
}
