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
 * From the second product of a measurement, which is the first that nothing but a product was done for; or from
 * batches, where their products are not seen or not known.
 *
 * @param cost what the quantity says that it costs
 * @param seconds what it took since it was last told of, the product's then; and a batch, once that is known
 */
export function measuringEstimate(
  now: MeasuringProgress,
  cost: string,
  seconds: { readonly product: number; readonly batch: number | undefined },
): MeasuringEstimate | undefined {
  const { quantity, products, batches = 1 } = now;
  if (products === 2) {
    const each = seconds.product;
    const count = productsOf(now, cost);
    return count && { quantity, unit: "product", each, count, seconds: times(count, each) };
  }
  const each = seconds.batch;
  if (products > 0 || each === undefined) return undefined;
  const count = [Math.min(MIN_BATCHES, batches), batches] as const;
  return { quantity, unit: "batch", each, count, seconds: times(count, each) };
}

/** Seconds of the batches that are still to come, at least and at most. */
export function batchesToGo(
  { batch = 0, batches = batch }: MeasuringProgress,
  each: number,
): readonly [number, number] {
  const least = Math.min(MIN_BATCHES, batches);
  return times([Math.max(0, least - batch), Math.max(0, batches - batch)], each);
}

function times(
  [least, most]: readonly [number, number],
  seconds: number,
): readonly [number, number] {
  return [least * seconds, most * seconds];
}
