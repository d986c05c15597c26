import { halfWidth, marginOf, marginOfSum } from "./interval.js";

/** Points with a larger relative error are left out of a fit in logarithms. */
const LARGEST_RELATIVE_ERROR = 0.5;

/** A positive number at a batch size, its standard error and half the width of its interval. */
export interface PowerLawPoint {
  readonly batchSize: number;
  readonly value: number;
  readonly standardError: number;
  readonly margin?: number | undefined;
}

/** value ≈ amplitude·b^(−exponent). */
export interface PowerLawFit {
  readonly exponent: number;
  /**
   * Of the exponent, from the errors of the points; where they scatter more than their errors say
   * (χ² above its degrees of freedom), enlarged by √(χ²/degrees).
   */
  readonly standardError: number;
  /**
   * Contains the exponent with probability 95 %, if the law holds: the margins of the points added as
   * those of a sum or, where the points scatter more than they say, by Student's t from the scatter.
   */
  readonly interval: readonly [number, number];
  readonly amplitude: number;
  /** Weighted sum of squared residuals: about `degrees` if the law holds. */
  readonly chiSquare: number;
  readonly degrees: number;
  /** Batch sizes of the points that were fitted. */
  readonly fitted: readonly number[];
  /** Batch sizes left out: not positive, or not known to half their value. */
  readonly leftOut: readonly number[];
}

/**
 * Weighted least squares of log value = log amplitude − exponent·log b.
 *
 * The error of a logarithm is the relative error of its value, to first order; points with more than
 * 50 % are left out, for there first order does not hold.
 *
 * @param factorOf a known factor of the law at a batch size, such as (n − b)/(n − 1); default 1
 * @throws RangeError if fewer than two points remain or a point has no error
 * @example
 * const points = [1, 4, 16].map((b) => ({ batchSize: b, value: 8 / b, standardError: 0.01 / b }));
 * fitPowerLaw(points).exponent; // 1
 * fitPowerLaw(points).amplitude; // 8
 */
export function fitPowerLaw(
  points: readonly PowerLawPoint[],
  factorOf: (batchSize: number) => number = () => 1,
): PowerLawFit {
  const usable = ({ batchSize, value, standardError }: PowerLawPoint) =>
    value > 0 && factorOf(batchSize) > 0 && standardError <= LARGEST_RELATIVE_ERROR * value;
  const kept = points.filter(usable);
  if (kept.length < 2) {
    throw new RangeError(
      `a power law needs at least two points known to half their value; there are ${kept.length} of ${points.length}`,
    );
  }
  const exact = kept.find(({ standardError }) => !(standardError > 0));
  if (exact !== undefined) {
    throw new RangeError(
      `the point at b = ${exact.batchSize} has the standard error ${exact.standardError}; it must be positive`,
    );
  }
  const x = kept.map(({ batchSize }) => Math.log(batchSize));
  const y = kept.map(({ batchSize, value }) => Math.log(value / factorOf(batchSize)));
  const weights = kept.map(({ value, standardError }) => (value / standardError) ** 2);
  const total = sum(weights);
  const [meanX, meanY] = [x, y].map((z) => sum(z.map((v, i) => weights[i]! * v)) / total) as [
    number,
    number,
  ];
  const spread = sum(x.map((v, i) => weights[i]! * (v - meanX) ** 2));
  if (spread === 0) throw new RangeError("a power law needs at least two batch sizes");
  const slope = sum(x.map((v, i) => weights[i]! * (v - meanX) * (y[i]! - meanY))) / spread;
  const chiSquare = sum(x.map((v, i) => weights[i]! * (y[i]! - meanY - slope * (v - meanX)) ** 2));
  const degrees = kept.length - 2;
  const excess = degrees > 0 ? Math.max(1, chiSquare / degrees) : 1;
  const standardError = Math.sqrt(excess / spread);
  const relative = kept.map((point) => marginOf(point) / point.value);
  const own = relative.map((margin, i) => ((weights[i]! * (x[i]! - meanX)) / spread) * margin);
  const width = Math.max(marginOfSum(...own), excess > 1 ? halfWidth(standardError, degrees) : 0);
  return {
    exponent: -slope,
    standardError,
    interval: [-slope - width, -slope + width],
    amplitude: Math.exp(meanY - slope * meanX),
    chiSquare,
    degrees,
    fitted: kept.map(({ batchSize }) => batchSize),
    leftOut: points.filter((point) => !usable(point)).map(({ batchSize }) => batchSize),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);
