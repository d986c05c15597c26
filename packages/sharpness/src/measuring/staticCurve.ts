/** Sharpness and gap against the batch size, at fixed parameters. */

import {
  callback,
  checkTypedOptions,
  list,
  needed,
  nonNegativeInteger,
  type OptionDomains,
} from "@eoss/rng/internal";
import type { Problem } from "../loss/engine.js";
import { fullbs } from "../quantities/fullbs.js";
import { gapReading, gapTo } from "../quantities/gap.js";
import { minibs } from "../quantities/minibs.js";
import type { Measurement } from "../registry/quantity.js";
import { fitPowerLaw, type PowerLawFit } from "../statistics/powerLaw.js";
import { type BernsteinBound, bernsteinBound } from "./bernsteinBound.js";
import type { Executor } from "./executor.js";
import { measureAsked } from "./measure.js";
import { type MeasureOptions, OPTIONS } from "./measureOptions.js";

export interface StaticCurveOptions<V = Float32Array>
  extends Omit<MeasureOptions<V>, "top" | "perLayer"> {
  /** b, each from 1 to n; any order. */
  readonly batchSizes: readonly number[];
  /**
   * Samples from whose own Hessians the matrix-Bernstein bound is evaluated; 0, the default, leaves it
   * out. Each costs about 60 products on one sample; all n make the bound a bound.
   */
  readonly bernsteinSamples?: number;
  /**
   * Reads `minibs` of batches of a size, with the stream of this curve forked by that size, elsewhere
   * and several at a time; default: one after another, here. No number but the seconds depends on it.
   */
  readonly executorAt?: (batchSize: number) => Pick<Executor, "concurrency" | "read">;
}

const { top: _, perLayer: __, ...SHARED } = OPTIONS;
const CURVE_OPTIONS: OptionDomains<StaticCurveOptions> = {
  ...SHARED,
  ...{ batchSizes: needed(list("of them")), bernsteinSamples: nonNegativeInteger },
  executorAt: callback,
};

/** MiniBS and gap at one batch size. */
export interface StaticPoint {
  readonly batchSize: number;
  readonly minibs: Measurement;
  /** MiniBS − FullBS on the same batches. */
  readonly gap: Measurement;
  /** E‖H_B − H‖ ≤ this, by matrix Bernstein, and so the gap; see `BernsteinBound` for what is sure. */
  readonly bernstein?: number;
}

/** An exponent of the gap with what the error of FullBS, common to all points, adds to it. */
export interface GapFit extends PowerLawFit {
  /** Largest change of the exponent when FullBS is moved by its error bound, either way. */
  readonly systematic: number;
}

export interface StaticCurve {
  readonly fullbs: Measurement;
  /** By batch size, ascending. */
  readonly points: readonly StaticPoint[];
  /** gap ∝ b^(−α). Absent if fewer than two gaps are known to half their value. */
  readonly plain?: GapFit;
  /**
   * gap ∝ (n − b)/(n − 1)·b^(−α), with the factor by which the variance of a mean falls when b of n
   * samples are drawn without replacement. Without it, fits that come near n are too steep.
   */
  readonly corrected?: GapFit;
  readonly bernstein?: BernsteinBound;
}

/**
 * MiniBS and the gap MiniBS − FullBS against the batch size, at fixed parameters (paper C.1, Figs 9, 12,
 * 13), with power laws fitted to the gap.
 *
 * Batches are drawn at each size until the standard error is within the tolerance: of MiniBS for
 * `minibs`, of the gap itself for `gap`, which takes more where the gap is small. FullBS is measured once.
 *
 * @throws RangeError if a batch size is not from 1 to n, or as `measure`
 */
export async function staticCurve<V>(
  problem: Problem<V>,
  given: StaticCurveOptions<V>,
): Promise<StaticCurve> {
  checkTypedOptions<StaticCurveOptions<never>>(
    "staticCurve",
    given as StaticCurveOptions<never>,
    CURVE_OPTIONS,
  );
  const { batchSizes, bernsteinSamples = 0, executorAt, ...options } = given;
  const n = problem.samples;
  const wrong = batchSizes.find((b) => !(Number.isInteger(b) && b >= 1 && b <= n));
  if (wrong !== undefined || batchSizes.length === 0) {
    throw new RangeError(`batch sizes must be integers from 1 to n = ${n}, got [${batchSizes}]`);
  }
  const [whole] = (await measureAsked(problem, [fullbs], options)) as [Measurement];
  const bernstein =
    bernsteinSamples > 0
      ? await bernsteinBound(problem, { ...options, samples: bernsteinSamples })
      : undefined;
  const points: StaticPoint[] = [];
  for (const batchSize of [...new Set(batchSizes)].sort((a, b) => a - b)) {
    const elsewhere = executorAt?.(batchSize);
    const [mini, gap] = (await measureAsked(
      withBatches(problem, batchSize),
      [minibs, gapTo(whole)],
      {
        ...options,
        stream: options.stream.fork(batchSize),
        executor: elsewhere && withGap(elsewhere, whole),
      },
    )) as [Measurement, Measurement];
    points.push({
      batchSize,
      minibs: mini,
      gap,
      ...(bernstein && { bernstein: bernstein.at(batchSize) }),
    });
  }
  const plain = fitGap(points, whole);
  const corrected = fitGap(points, whole, (b) => (n - b) / (n - 1));
  return {
    fullbs: whole,
    points,
    ...(plain && { plain }),
    ...(corrected && { corrected }),
    ...(bernstein && { bernstein }),
  };
}

/** The same problem with batches of another size. */
function withBatches<V>(problem: Problem<V>, batchSize: number): Problem<V> {
  return {
    ...problem,
    batchSize,
    lacks: (need, set) => problem.lacks(need, set),
    view: (indices, options) => problem.view(indices, options),
  };
}

/** An executor that knows `minibs` alone, and so the gap to a FullBS that is known here. */
function withGap(
  { concurrency, read }: Pick<Executor, "concurrency" | "read">,
  whole: Measurement,
): Executor {
  return {
    concurrency,
    async read(index, quantities, signal) {
      const [part] = await read(index, [minibs.name], signal);
      const difference = { ...gapReading(part!, whole), seconds: part!.seconds };
      // What they share is booked to the first.
      return quantities.map((name, place) => ({
        ...(name === minibs.name ? part! : difference),
        ...(place > 0 && { products: 0, seconds: 0 }),
      }));
    },
  };
}

/** Fits the gaps of a curve; undefined if too few are known well enough. */
function fitGap(
  points: readonly StaticPoint[],
  { errorBound = 0 }: Measurement,
  factorOf?: (batchSize: number) => number,
): GapFit | undefined {
  // The full batch has no spread and no gap.
  const spread = points.filter(({ gap }) => gap.standardError! > 0);
  const fitWith = (shift: number): PowerLawFit | undefined => {
    const shifted = spread.map(({ batchSize, gap }) => ({
      batchSize,
      value: gap.value + shift,
      standardError: gap.standardError!,
      margin: gap.margin,
    }));
    try {
      return fitPowerLaw(shifted, factorOf);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  };
  const fit = fitWith(0);
  if (fit === undefined) return undefined;
  const changes = [errorBound, -errorBound].map((shift) =>
    Math.abs((fitWith(shift)?.exponent ?? Number.POSITIVE_INFINITY) - fit.exponent),
  );
  return { ...fit, systematic: Math.max(...changes) };
}
