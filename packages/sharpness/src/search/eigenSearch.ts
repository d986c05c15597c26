// What is asked of a search for eigenpairs, and what it says.
import type { RandomStream } from "@eoss/rng";
import type { Reading } from "../registry/quantity.js";

export interface EigenSearch {
  readonly tolerance: number;
  readonly stream: RandomStream;
  /** Awaited after each product. */
  readonly pause: () => Promise<void>;
  /** Whether eigenvalues are certified, see `topPairs`; default true. */
  readonly certify?: boolean | undefined;
  /** Eigenpairs wanted, at most n; default 1. */
  readonly count?: number;
  /** Default "largest", the most positive; "both" alternates between the two ends. */
  readonly which?: "largest" | "both";
  /**
   * Rounding of a product, absolute, where it is more than that of the operator's own size: the
   * operator is the difference of larger ones. It is part of the bounds; residuals below it are good
   * enough.
   */
  readonly rounding?: number;
}

/** The top eigenpairs of a matrix; value and error bound are those of the first. */
export interface TopPairs<V = Float32Array> extends Reading {
  /** Descending. */
  readonly values: readonly number[];
  readonly errorBounds: readonly number[];
  /** Unit vectors; none if the loss is not finite. */
  readonly vectors: readonly V[];
  /** ‖A·v − θ·v‖ of the first pair, with rounding. */
  readonly residual: number;
  /**
   * Sine of the angle between the first vector and its eigenspace, at most: residual over gap. The
   * gap is to the next Ritz value, which holds as far as no eigenvalue between has been missed.
   */
  readonly angleBound: number;
}

/** What is said where loss or gradient is no number; no product is made. */
export const NO_PAIRS: TopPairs<never> = {
  value: Number.NaN,
  values: [],
  errorBounds: [],
  vectors: [],
  residual: Number.NaN,
  angleBound: Number.NaN,
  products: 0,
  status: "not-finite",
};
