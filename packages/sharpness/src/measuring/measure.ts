import { checkChoice, checkOptions, checkTypedOptions, requireStream } from "@eoss/rng/internal";
import type { Problem } from "../loss/engine.js";
import { checkAsked } from "../registry/asked.js";
import { checkNeeds } from "../registry/needs.js";
import type { BatchQuantity, Measurement, Quantity } from "../registry/quantity.js";
import { CERTIFY } from "../search/errorKind.js";
import { MIN_BATCHES } from "../statistics/interval.js";
import type { BatchReading } from "./accumulator.js";
import { MeasurementViews } from "./measurementViews.js";
import { type MeasureOptions, OPTIONS } from "./measureOptions.js";

/**
 * Measures quantities at fixed parameters.
 *
 * Quantities of the same samples share one view on them: its linearisations, its eigenpairs. Batch
 * quantities share freshly drawn batches, each uniform without replacement, and stop one by one as
 * their standard errors fall below the tolerance. With b = n there is a single batch and no spread.
 * Each number is the same as if its quantity were measured alone; what is shared is booked to the
 * first quantity that needs it.
 *
 * @returns one measurement for each quantity, in their order
 * @throws RangeError if an option is out of range or the problem lacks what a quantity needs;
 *   QuantityContractError if a quantity is none, or gives what is no reading
 */
export async function measure<V>(
  problem: Problem<V>,
  quantities: readonly Quantity[],
  options: MeasureOptions<V>,
): Promise<Measurement[]> {
  checkAsked(quantities);
  return measureAsked(problem, quantities, options);
}

/** `measure` for quantities of any names. */
export async function measureAsked<V>(
  problem: Problem<V>,
  quantities: readonly Quantity[],
  options: MeasureOptions<V>,
): Promise<Measurement[]> {
  checkTypedOptions<MeasureOptions<never>>("measure", options as MeasureOptions<never>, OPTIONS);
  const { tolerance, maxBatches, top = 1, step } = options;
  requireStream("measure", options.stream);
  if (!(tolerance > 0)) throw new RangeError(`the tolerance must be positive, not ${tolerance}`);
  if (!(Number.isInteger(maxBatches) && maxBatches >= MIN_BATCHES)) {
    throw new RangeError(`at least ${MIN_BATCHES} batches must be allowed, not ${maxBatches}`);
  }
  if (!(Number.isInteger(top) && top >= 1)) {
    throw new RangeError(`at least one eigenpair must be wanted, not ${top}`);
  }
  if (step !== undefined && !(Number.isSafeInteger(step) && step >= 0)) {
    throw new RangeError(`step must be a whole number from 0 up, not ${step}`);
  }
  const { certify = "all" } = options;
  checkChoice("measure", "certify", certify, CERTIFY);
  checkNeeds(problem, quantities);
  const single = quantities.filter((quantity) => quantity.over !== "batches");
  const batched = quantities.filter((quantity) => quantity.over === "batches");
  const views = new MeasurementViews(problem, options);
  try {
    const results = await views.measureEach(single);
    if (!batched.some(({ needs }) => needs.includes("full-batch"))) views.dispose();
    results.push(...(await views.measureMeans(batched, maxBatches, options.executor)));
    return quantities.map(({ name }) => results.find(({ quantity }) => quantity === name)!);
  } finally {
    views.dispose();
  }
}

/**
 * What batch quantities say of one batch, alone: what `measure` takes their means from. It is a function
 * of its arguments, so an executor may have it computed anywhere and in any order.
 *
 * @param index of the batch, from 0, in the order that means take them
 * @param options those of the measurement
 * @returns one reading for each quantity, in their order; what they share is booked to the first
 */
export async function readBatch<V>(
  problem: Problem<V>,
  quantities: readonly BatchQuantity[],
  index: number,
  options: Omit<MeasureOptions<V>, "maxBatches" | "executor">,
): Promise<BatchReading[]> {
  checkOptions("readBatch", options, Object.keys(OPTIONS));
  requireStream("readBatch", options.stream);
  const views = new MeasurementViews(problem, options);
  try {
    return await views.readBatch(index, quantities);
  } finally {
    views.dispose();
  }
}
