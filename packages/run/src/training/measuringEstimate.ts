import type { MeasuringProgress } from "@eoss/sharpness";
import { MIN_BATCHES } from "@eoss/sharpness/internal";

/** What one measurement of a quantity takes, by a product or by batches that were timed. */
export interface MeasuringEstimate {
  readonly quantity: string;
  /** What was timed, ... */
  readonly unit: "product" | "batch";
  /** ... its seconds, ... */
  readonly each: number;
  /** ... and how many of it there are at least and at most. */
  readonly count: readonly [number, number];
  /** That many times the seconds. */
  readonly seconds: readonly [number, number];
}

/** Of a description such as "8 to 30 products over all samples". Other quantities that it names are not reckoned. */
const COST =
  /^(\d+)(?: to (\d+))? products (?:a batch|on a batch|over|with|on each of (\d+) batches)(?:.*, else \d+ to (\d+))?/;

/** The fewest and the most products; undefined where the description names no number of them. */
function productsOf(
  { batches = 1 }: MeasuringProgress,
  cost: string,
): readonly [number, number] | undefined {
  const [, least, most = least, fixed = "1", otherwise = most] = COST.exec(cost) ?? [];
  if (least === undefined) return undefined;
  const fewest = Number(least) * Number(fixed) * Math.min(MIN_BATCHES, batches);
  return [fewest, Math.max(Number(most), Number(otherwise)) * Number(fixed) * batches];
}

/**
 * From the second product of a measurement, which is the first that nothing but a product was done for; or from the
 * batches that are there, where their products are not seen or not known.
 *
 * @param cost what the quantity says that it costs
 * @param last seconds since it was last told of, the product's then
 * @param all seconds of this quantity so far
 * @param atOnce batches that are looked at at a time
 */
export function measuringEstimate(
  now: MeasuringProgress,
  cost: string,
  { last, all, atOnce }: { last: number; all: number; atOnce: number },
): MeasuringEstimate | undefined {
  const { quantity, products, batch = 0, batches = 1 } = now;
  if (products === 2) {
    const count = productsOf(now, cost);
    return count && { quantity, unit: "product", each: last, count, seconds: times(count, last) };
  }
  if (products > 0 || batch < atOnce) return undefined;
  const each = all / batch;
  const count = [Math.min(MIN_BATCHES, batches), batches] as const;
  return { quantity, unit: "batch", each, count, seconds: times(count, each) };
}

function times(
  [least, most]: readonly [number, number],
  seconds: number,
): readonly [number, number] {
  return [least * seconds, most * seconds];
}
