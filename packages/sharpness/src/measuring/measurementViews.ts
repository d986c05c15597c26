import type { RandomStream } from "@eoss/rng";
import type { CurvatureKind, EngineView, Problem, ViewOptions } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import type { Vector } from "../loss/space.js";
import { matrixOf } from "../registry/comparedWith.js";
import type {
  BatchQuantity,
  MeasureContext,
  Measurement,
  Quantity,
  SingleQuantity,
} from "../registry/quantity.js";
import { checkReading } from "../registry/reading.js";
import { quantities as builtIn } from "../registry/registry.js";
import type { Memory } from "../search/remembered.js";
import { Accumulator, type BatchReading, statusOf } from "./accumulator.js";
import type { Executor } from "./executor.js";
import { LookAhead } from "./lookAhead.js";
import type { MeasureOptions, MeasuringProgress } from "./measureOptions.js";
import { SharedView, type ViewSettings } from "./sharedView.js";

/** What each use of randomness forks the measurement's stream by. */
const FORKS = { full: 0, draws: 1, batches: 2, step: 3, "held-out": 4, quantities: 5 } as const;

/** The views of one measurement: each is made when first asked for. */
export class MeasurementViews<V> {
  readonly #shared = new Map<SingleQuantity["over"], LossView>();
  readonly #settings: ViewSettings;
  readonly #memory: Memory<Vector>;
  readonly #stream: RandomStream;
  #now: MeasuringProgress | undefined;

  constructor(
    readonly problem: Problem<V>,
    readonly options: Omit<MeasureOptions<V>, "maxBatches">,
  ) {
    const { tolerance, certify, memory = new Map(), step } = options;
    const stream = step === undefined ? options.stream : options.stream.fork(step);
    const pause = () => {
      if (this.#now) {
        const { chunk: _, chunks: __, ...now } = this.#now;
        this.#tell({ ...now, products: now.products + 1 });
      }
      return this.#pause();
    };
    this.#settings = { tolerance, pause, stream, certify: certify !== "off" };
    // From here on nothing looks into a vector but its space.
    this.#memory = memory as unknown as Memory<Vector>;
    this.#stream = stream;
  }

  async measureEach(quantities: readonly SingleQuantity[]): Promise<Measurement[]> {
    const results: Measurement[] = [];
    for (const quantity of quantities) {
      const began = performance.now();
      this.#tell({ quantity: quantity.name, products: 0 });
      const view = this.#view(quantity.over);
      const reading = checkReading(quantity, await quantity.measure(view, this.#context(quantity)));
      const { denominator: _, scale: __, errorKind, ...numbers } = reading;
      const measurement: Measurement = {
        quantity: quantity.name,
        unit: quantity.unit,
        matrix: matrixOf(quantity),
        over: quantity.over,
        ...numbers,
        ...(errorKind && { errorKind }),
        status: statusOf(reading.value, reading.status),
        samples: view.samples,
        seconds: (performance.now() - began) / 1000,
      };
      results.push(measurement);
      this.options.onMeasured?.(measurement);
    }
    return results;
  }

  async measureMeans(
    quantities: readonly BatchQuantity[],
    maxBatches: number,
    executor: Executor | undefined,
  ): Promise<Measurement[]> {
    const { problem } = this;
    const { tolerance } = this.options;
    const accumulators = quantities.map((quantity) => new Accumulator(quantity));
    const results = new Map<Accumulator, Measurement>();
    const conclude = (accumulator: Accumulator) => {
      if (results.has(accumulator)) return;
      const result = accumulator.result(problem, tolerance);
      results.set(accumulator, result);
      this.options.onMeasured?.(result);
    };
    const most = problem.batchSize === problem.samples ? 1 : maxBatches;
    const ahead = executor && most > 1 ? new LookAhead(executor, most) : undefined;
    try {
      for (let index = 0; index < most; index++) {
        const open = accumulators.filter((accumulator) => !accumulator.done(tolerance));
        for (const accumulator of accumulators)
          if (!open.includes(accumulator)) conclude(accumulator);
        if (open.length === 0) break;
        const readings = await this.#readings(
          index,
          open.map(({ quantity }) => quantity),
          most,
          ahead,
        );
        for (const [k, accumulator] of open.entries()) accumulator.add(readings[k]!);
      }
    } finally {
      ahead?.drop();
    }
    for (const accumulator of accumulators) conclude(accumulator);
    return accumulators.map((accumulator) => results.get(accumulator)!);
  }

  /** @param batches how many there may be */
  async readBatch(
    index: number,
    quantities: readonly BatchQuantity[],
    batches?: number,
  ): Promise<BatchReading[]> {
    const batch = this.#batch(index);
    const readings: BatchReading[] = [];
    try {
      for (const quantity of quantities) {
        const began = performance.now();
        if (batches !== undefined)
          this.#tell({ quantity: quantity.name, batch: index, batches, products: 0 });
        // Nothing is kept from batch to batch: their order must not count.
        const context = { ...this.#context(quantity, index), memory: new Map() };
        const reading = checkReading(quantity, await quantity.sample(batch, context));
        readings.push({ ...reading, seconds: (performance.now() - began) / 1000 });
      }
    } finally {
      batch.dispose();
    }
    return readings;
  }

  dispose(): void {
    const [{ space } = {}] = this.#shared.values();
    for (const view of this.#shared.values()) view.dispose();
    this.#shared.clear();
    // What nobody wants to keep.
    if (this.options.memory !== undefined) return;
    for (const vector of this.#memory.values()) space?.release(vector);
    this.#memory.clear();
  }

  async #readings(
    index: number,
    quantities: readonly BatchQuantity[],
    batches: number,
    ahead: LookAhead | undefined,
  ): Promise<readonly BatchReading[]> {
    const bound = quantities.some(({ needs }) => needs.includes("full-batch"));
    if (ahead === undefined || bound) return this.readBatch(index, quantities, batches);
    this.#tell({ quantity: quantities[0]!.name, batch: index, batches, products: 0 });
    const readings = await ahead.read(index, quantities);
    await this.#pause();
    return readings;
  }

  readonly #onChunk = (chunk: number, chunks: number): void => {
    if (this.#now && chunks > 1) this.#tell({ ...this.#now, chunk, chunks });
  };

  #tell(now: MeasuringProgress): void {
    this.#now = now;
    this.options.onProgress?.(now);
  }

  async #pause(): Promise<void> {
    await this.options.pause?.();
  }

  /** The randomness of a quantity goes with its name: it does not see which others are measured. */
  #context({ name, over, needs }: Quantity, batch = 0): MeasureContext {
    const letters = Array.from(name, (letter) => letter.codePointAt(0)!);
    const { top = 1, perLayer = false } = this.options;
    return {
      ...this.#settings,
      problem: this.problem as Problem,
      stream: this.#stream.fork(FORKS.quantities, ...letters, batch),
      memory: this.#memory,
      top,
      perLayer,
      full: () => {
        if (over !== "batches" || needs.includes("full-batch")) return this.#view("full");
        throw new TypeError(`${name} looks at the full batch: add "full-batch" to its needs`);
      },
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
    const onChunk = this.#onChunk;
    const settings = { ...this.#settings, stream: this.#stream.fork(FORKS[over]) };
    if (over === "step") return this.#batchView(problem.stepBatch!, settings);
    if (over === "held-out") {
      const whole = allOf(problem.heldOut!.samples);
      return shared(problem, whole, { set: "held-out", plain: true, onChunk }, settings);
    }
    const { top: count, executor } = this.options;
    return shared(
      problem,
      allOf(problem.samples),
      { set: "training", plain: true, onChunk, multiply: executor?.multiply?.bind(executor) },
      { ...settings, count, memory: { vectors: this.#memory, nameOf: rememberedAs } },
    );
  }

  #batch(index: number): LossView {
    const { samples, batchSize } = this.problem;
    const drawn = this.#stream.fork(FORKS.draws, index).sample(samples, batchSize);
    const stream = this.#stream.fork(FORKS.batches, index);
    return this.#batchView(drawn, { ...this.#settings, stream });
  }

  #batchView(indices: Int32Array, settings: ViewSettings): LossView {
    const { certify = "all", plain = false } = this.options;
    const options = { set: "training", plain, onChunk: this.#onChunk } as const;
    return shared(this.problem, indices, options, { ...settings, byGaps: certify !== "all" });
  }
}

/** A view of a problem as quantities see it. */
export function shared<V>(
  problem: Problem<V>,
  indices: Int32Array,
  options: ViewOptions,
  settings: ViewSettings,
): SharedView {
  const view = problem.view(indices, options);
  return new SharedView(view as unknown as EngineView<Vector>, settings);
}

/** The indices of all of n samples. */
export function allOf(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, index) => index);
}

/** The name of the quantity whose eigenvectors of the whole loss these are. */
function rememberedAs(kind: CurvatureKind): string {
  const owner = Object.values(builtIn).find(
    (quantity) => quantity.over === "full" && quantity.remembers === kind,
  );
  return owner?.name ?? kind;
}
