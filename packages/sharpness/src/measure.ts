import type { RandomStream } from "@eoss/rng";
import { MonteCarlo } from "./monteCarlo.js";
import type { Problem } from "./problem.js";
import type {
  BatchQuantity,
  FullQuantity,
  MeasureContext,
  Measurement,
  MeasurementStatus,
  Quantity,
  Reading,
} from "./quantity.js";
import { fullView, type LossView, viewOf } from "./views.js";

/** A mean is never believed on fewer batches: its standard error would itself be too uncertain. */
export const MIN_BATCHES = 8;

export interface MeasureOptions {
  /** Relative standard error at which a mean over batches is good enough, e.g. 0.02. */
  readonly tolerance: number;
  /** Batches that a mean may use at most; at least `MIN_BATCHES`. */
  readonly maxBatches: number;
  /** Randomness of this measurement: fork it by the training step. */
  readonly stream: RandomStream;
  /** Vectors kept between measurements, by quantity; pass the same map each time. */
  readonly memory?: Map<string, Float32Array>;
  /** Awaited between products; if it rejects, the measurement ends with that error. */
  readonly pause?: () => Promise<void>;
}

/**
 * Measures quantities at fixed parameters.
 *
 * Full-batch quantities share one linearisation of the whole loss. Batch quantities share freshly
 * drawn batches, each uniform without replacement, and stop one by one as their standard errors
 * fall below the tolerance. With b = n there is a single batch and no spread.
 *
 * @returns one measurement for each quantity, in their order
 * @throws RangeError if the tolerance is not positive or maxBatches is too small
 */
export async function measure(
  problem: Problem,
  quantities: readonly Quantity[],
  { tolerance, maxBatches, stream, memory = new Map(), pause = async () => {} }: MeasureOptions,
): Promise<Measurement[]> {
  if (!(tolerance > 0)) throw new RangeError(`the tolerance must be positive, not ${tolerance}`);
  if (!(Number.isInteger(maxBatches) && maxBatches >= MIN_BATCHES)) {
    throw new RangeError(`at least ${MIN_BATCHES} batches must be allowed, not ${maxBatches}`);
  }
  const contextOf = (...ids: number[]): MeasureContext => ({
    tolerance,
    memory,
    pause,
    stream: stream.fork(...ids),
  });
  const full = quantities.filter((quantity) => quantity.over === "full");
  const batched = quantities.filter((quantity) => quantity.over === "batches");
  const results = [
    ...(await measureFull(problem, full, contextOf(0))),
    ...(await measureBatches(problem, batched, maxBatches, contextOf)),
  ];
  return quantities.map(({ name }) => results.find(({ quantity }) => quantity === name)!);
}

async function measureFull(
  problem: Problem,
  quantities: readonly FullQuantity[],
  context: MeasureContext,
): Promise<Measurement[]> {
  const view = fullView(problem);
  try {
    const results: Measurement[] = [];
    for (const quantity of quantities) {
      const began = performance.now();
      const reading = await quantity.measure(view, context);
      results.push({
        quantity: quantity.name,
        ...reading,
        status: statusOf(reading.value, reading.status),
        samples: problem.samples,
        seconds: (performance.now() - began) / 1000,
      });
    }
    return results;
  } finally {
    view.dispose();
  }
}

/** A batch quantity on its way: what its batches have given and cost so far. */
class Tally {
  readonly estimate = new MonteCarlo();
  readonly errorBounds = new MonteCarlo();
  products = 0;
  milliseconds = 0;
  #unresolved = false;

  constructor(readonly quantity: BatchQuantity) {}

  async take(batch: LossView, context: MeasureContext): Promise<void> {
    const began = performance.now();
    const {
      value,
      errorBound = 0,
      products,
      status,
    }: Reading = await this.quantity.sample(batch, context);
    this.estimate.add(value);
    this.errorBounds.add(errorBound);
    this.products += products;
    if (status === "budget-spent") this.#unresolved = true;
    this.milliseconds += performance.now() - began;
  }

  done(tolerance: number): boolean {
    const { values, mean, standardError } = this.estimate;
    if (!Number.isFinite(mean)) return values.length > 0;
    return values.length >= MIN_BATCHES && standardError <= tolerance * Math.abs(mean);
  }

  result(problem: Problem, tolerance: number): Measurement {
    const { values, mean, standardError } = this.estimate;
    const whole = problem.batchSize === problem.samples;
    const enough = !this.#unresolved && (whole || this.done(tolerance));
    return {
      quantity: this.quantity.name,
      value: mean,
      standardError: whole ? 0 : standardError,
      errorBound: this.errorBounds.mean,
      samples: values.length * problem.batchSize,
      products: this.products,
      seconds: this.milliseconds / 1000,
      status: statusOf(mean, enough ? "converged" : "budget-spent"),
      batches: values,
    };
  }
}

async function measureBatches(
  problem: Problem,
  quantities: readonly BatchQuantity[],
  maxBatches: number,
  contextOf: (...ids: number[]) => MeasureContext,
): Promise<Measurement[]> {
  const { samples, batchSize } = problem;
  const { tolerance, stream: draws } = contextOf(1);
  const tallies = quantities.map((quantity) => new Tally(quantity));
  const most = batchSize === samples ? 1 : maxBatches;
  for (let index = 0; index < most; index++) {
    const open = tallies.filter((tally) => !tally.done(tolerance));
    if (open.length === 0) break;
    const batch = viewOf(problem, draws.fork(index).sample(samples, batchSize));
    try {
      // The linearisation serves all of them: each bears its share of the time.
      const began = performance.now();
      batch.hessian();
      const share = (performance.now() - began) / open.length;
      for (const tally of open) {
        tally.milliseconds += share;
        await tally.take(batch, contextOf(2, index));
      }
    } finally {
      batch.dispose();
    }
  }
  return tallies.map((tally) => tally.result(problem, tolerance));
}

function statusOf(value: number, status: MeasurementStatus): MeasurementStatus {
  return Number.isFinite(value) ? status : "not-finite";
}
