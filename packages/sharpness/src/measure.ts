import type { RandomStream } from "@eoss/rng";
import { checkNeeds } from "./needs.js";
import type { Problem } from "./problem.js";
import type {
  BatchQuantity,
  MeasureContext,
  Measurement,
  Quantity,
  SingleQuantity,
} from "./quantity.js";
import { MIN_BATCHES, statusOf, Tally } from "./tally.js";
import { type LossView, type ViewSettings, viewOf, wholeView } from "./views.js";

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
  /** Eigenpairs wanted of the full-batch matrices; default 1. */
  readonly top?: number;
  /** Whether eigenvalue quantities also give those of each parameter tensor's block; default false. */
  readonly perLayer?: boolean;
}

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
 * @throws RangeError if an option is out of range or the problem lacks what a quantity needs
 */
export async function measure(
  problem: Problem,
  quantities: readonly Quantity[],
  options: MeasureOptions,
): Promise<Measurement[]> {
  const { tolerance, maxBatches, top = 1 } = options;
  if (!(tolerance > 0)) throw new RangeError(`the tolerance must be positive, not ${tolerance}`);
  if (!(Number.isInteger(maxBatches) && maxBatches >= MIN_BATCHES)) {
    throw new RangeError(`at least ${MIN_BATCHES} batches must be allowed, not ${maxBatches}`);
  }
  if (!(Number.isInteger(top) && top >= 1)) {
    throw new RangeError(`at least one eigenpair must be wanted, not ${top}`);
  }
  checkNeeds(problem, quantities);
  const single = quantities.filter((quantity) => quantity.over !== "batches");
  const batched = quantities.filter((quantity) => quantity.over === "batches");
  const session = new Session(problem, options);
  try {
    const results = await session.measureEach(single);
    if (!batched.some(({ needs }) => needs.includes("full-batch"))) session.dispose();
    results.push(...(await session.measureMeans(batched, maxBatches)));
    return quantities.map(({ name }) => results.find(({ quantity }) => quantity === name)!);
  } finally {
    session.dispose();
  }
}

/** What each use of randomness forks the measurement's stream by. */
const FORKS = { full: 0, draws: 1, batches: 2, step: 3, "held-out": 4, quantities: 5 } as const;

/** The views of one measurement: each is made when first asked for. */
class Session {
  readonly #shared = new Map<SingleQuantity["over"], LossView>();
  readonly #settings: ViewSettings;
  readonly #stream: RandomStream;

  constructor(
    readonly problem: Problem,
    readonly options: MeasureOptions,
  ) {
    const { tolerance, pause = async () => {}, stream } = options;
    this.#settings = { tolerance, pause, stream };
    this.#stream = stream;
  }

  async measureEach(quantities: readonly SingleQuantity[]): Promise<Measurement[]> {
    const results: Measurement[] = [];
    for (const quantity of quantities) {
      const began = performance.now();
      const view = this.#view(quantity.over);
      const reading = await quantity.measure(view, this.#context(quantity));
      const { denominator: _, scale: __, ...numbers } = reading;
      results.push({
        quantity: quantity.name,
        ...numbers,
        status: statusOf(reading.value, reading.status),
        samples: view.samples,
        seconds: (performance.now() - began) / 1000,
      });
    }
    return results;
  }

  async measureMeans(
    quantities: readonly BatchQuantity[],
    maxBatches: number,
  ): Promise<Measurement[]> {
    const { problem } = this;
    const { tolerance } = this.options;
    const tallies = quantities.map((quantity) => new Tally(quantity));
    const most = problem.batchSize === problem.samples ? 1 : maxBatches;
    for (let index = 0; index < most; index++) {
      const open = tallies.filter((tally) => !tally.done(tolerance));
      if (open.length === 0) break;
      const batch = this.#batch(index);
      try {
        for (const tally of open) await tally.take(batch, this.#context(tally.quantity, index));
      } finally {
        batch.dispose();
      }
    }
    return tallies.map((tally) => tally.result(problem, tolerance));
  }

  dispose(): void {
    for (const view of this.#shared.values()) view.dispose();
    this.#shared.clear();
  }

  /** The randomness of a quantity goes with its name: it does not see which others are measured. */
  #context({ name }: Quantity, batch = 0): MeasureContext {
    const letters = Array.from(name, (letter) => letter.codePointAt(0)!);
    const { memory = new Map(), top = 1, perLayer = false } = this.options;
    return {
      ...this.#settings,
      problem: this.problem,
      stream: this.#stream.fork(FORKS.quantities, ...letters, batch),
      memory,
      top,
      perLayer,
      full: () => this.#view("full"),
      drawBatch: (index) => this.#batch(index),
    };
  }

  #view(over: SingleQuantity["over"]): LossView {
    const known = this.#shared.get(over);
    if (known !== undefined) return known;
    const view = this.#newView(over);
    this.#shared.set(over, view);
    return view;
  }

  #newView(over: SingleQuantity["over"]): LossView {
    const { problem } = this;
    const settings = { ...this.#settings, stream: this.#stream.fork(FORKS[over]) };
    if (over === "step") return viewOf(problem, problem.stepBatch!, settings);
    if (over === "held-out") return wholeView(problem, settings, problem.heldOut!);
    const { memory, top: count } = this.options;
    return wholeView(problem, { ...settings, memory, count });
  }

  #batch(index: number): LossView {
    const { samples, batchSize } = this.problem;
    const drawn = this.#stream.fork(FORKS.draws, index).sample(samples, batchSize);
    const stream = this.#stream.fork(FORKS.batches, index);
    return viewOf(this.problem, drawn, { ...this.#settings, stream });
  }
}
