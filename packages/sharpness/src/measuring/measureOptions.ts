/** What a measurement may be asked for, and what it tells meanwhile. */

import type { RandomStream } from "@eoss/rng";
import {
  callback,
  flag,
  lookedAtLater,
  needed,
  number,
  type OptionDomains,
  withMethods,
} from "@eoss/rng/internal";
import type { Measurement } from "../registry/quantity.js";
import type { Certify } from "../search/errorKind.js";
import type { Executor } from "./executor.js";

/** What a measurement is doing. */
export interface MeasuringProgress {
  /** Of several quantities that share a batch, the one that looks at it now. */
  readonly quantity: string;
  /** Of a mean: the number of its batch, from 0, ... */
  readonly batch?: number;
  /** ... and how many batches there are at most. */
  readonly batches?: number;
  /** Products made so far: of the quantity, or by it of this batch. */
  readonly products: number;
  /** Of samples that do not fit into memory at once: the number of the chunk, from 0, ... */
  readonly chunk?: number;
  /** ... and how many chunks there are, for the gradient and for each product. */
  readonly chunks?: number;
}

/** @typeParam V vectors of the problem */
export interface MeasureOptions<V = Float32Array> {
  /** Relative standard error at which a mean over batches is good enough, e.g. 0.02. */
  readonly tolerance: number;
  /** Batches that a mean may use at most; at least `MIN_BATCHES`. */
  readonly maxBatches: number;
  /** Randomness of the measurement. The same stream draws the same batches again: give the step too. */
  readonly stream: RandomStream;
  /**
   * The training step, from 0: with it every measurement of a run draws fresh batches from one stream.
   * Without it, the stream itself must be another each time, e.g. forked by the step.
   */
  readonly step?: number;
  /**
   * Vectors kept between measurements, by quantity; pass the same map each time. Eigenvectors are as
   * long as their eigenvalues. Those that leave the map are the caller's to release, if they need it.
   */
  readonly memory?: Map<string, V>;
  /**
   * Is told of each measurement as soon as it is there. If the others are interrupted, those told of
   * are still sound. The order is that of the quantities, but means over batches come after all else.
   */
  readonly onMeasured?: (measurement: Measurement) => void;
  /** Is told what is looked at: as a quantity or a batch begins, and after each product that is made here. */
  readonly onProgress?: (progress: MeasuringProgress) => void;
  /** Awaited between products; if it rejects, the measurement ends with that error. */
  readonly pause?: () => Promise<void>;
  /** Eigenpairs wanted of the full-batch matrices; default 1. */
  readonly top?: number;
  /** Whether eigenvalue quantities also give those of each parameter tensor's block; default false. */
  readonly perLayer?: boolean;
  /**
   * Looks at batches and makes products over all samples elsewhere, several at a time; default: one
   * after another, here. No number but the seconds depends on it. While a quantity is open that needs
   * the `full-batch` beside batches, these are looked at here, where that is shared.
   */
  readonly executor?: Executor;
  /** Which top eigenvalues are certified; see `topPairs`. Default "all". */
  readonly certify?: Certify;
  /** Whether batches are looked at in all d coordinates, for comparison; default false. */
  readonly plain?: boolean;
}

/** What the options may be; ranges are looked at beside. */
export const OPTIONS: OptionDomains<MeasureOptions> = {
  ...{ tolerance: needed(number), maxBatches: needed(number), stream: needed(lookedAtLater) },
  ...{ step: number, top: number, perLayer: flag, plain: flag, certify: lookedAtLater },
  ...{
    onMeasured: callback,
    onProgress: callback,
    pause: callback,
    memory: withMethods("a Map", "get", "set"),
  },
  executor: withMethods("an executor", "read"),
};
