import type { RandomStream } from "@eoss/rng";
import type { LossView } from "./views.js";

/**
 * - `converged`: the error is within the tolerance.
 * - `budget-spent`: it is not, and the batches or products that were allowed are used up.
 * - `exact`: only rounding separates the value from the truth.
 * - `not-finite`: the loss or its curvature is no longer a number.
 */
export type MeasurementStatus = "converged" | "budget-spent" | "exact" | "not-finite";

/** A measured number, how far it can be trusted, and what it cost. */
export interface Measurement {
  readonly quantity: string;
  readonly value: number;
  /** Standard error of a mean over batches, in the unit of the value. */
  readonly standardError?: number;
  /** Bound on the numerical error, in the unit of the value. */
  readonly errorBound?: number;
  /** Samples that the number rests on, repeats counted. */
  readonly samples: number;
  /** Hessian-vector products spent. */
  readonly products: number;
  readonly seconds: number;
  readonly status: MeasurementStatus;
  /** Values of the single batches behind a mean, in the order drawn. */
  readonly batches?: readonly number[];
}

/** What a quantity may use besides the loss. */
export interface MeasureContext {
  /** Relative error that is good enough, for statistical and numerical errors each. */
  readonly tolerance: number;
  /** Randomness of this quantity at this step. */
  readonly stream: RandomStream;
  /** Vectors that a quantity keeps from one step to the next, to start from. */
  readonly memory: Map<string, Float32Array>;
  /** Awaited after each product: lets a caller breathe, or stop the measurement by rejecting. */
  readonly pause: () => Promise<void>;
}

/** A number of one loss, before it is known how long it took. */
export interface Reading {
  readonly value: number;
  readonly errorBound?: number;
  readonly products: number;
  readonly status: MeasurementStatus;
}

/** A quantity of the full training loss. */
export interface FullQuantity {
  readonly over: "full";
  readonly name: string;
  readonly description: string;
  measure(view: LossView, context: MeasureContext): Reading | Promise<Reading>;
}

/**
 * The mean over batches of a number that each batch loss has. Batches are drawn, linearised and
 * shared by the scheduler, which also stops when the standard error of the mean is small enough.
 */
export interface BatchQuantity {
  readonly over: "batches";
  readonly name: string;
  readonly description: string;
  sample(batch: LossView, context: MeasureContext): Reading | Promise<Reading>;
}

export type Quantity = FullQuantity | BatchQuantity;
