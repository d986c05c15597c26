import type { ComparedWith, Measurement, MeasuringProgress } from "@eoss/sharpness";
import { batchesToGo, type MeasuringEstimate, measuringEstimate } from "./measuringEstimate.js";

/** A measurement, and what it is compared with at its step. */
export interface ComparedMeasurement extends Measurement {
  readonly comparison: ComparedWith;
}

/** What is being measured, and how long it still takes. */
export interface MeasuringNow extends MeasuringProgress {
  /**
   * Seconds to go of this quantity: as long as before, or as estimated at least and at most; undefined before that is
   * known, and where it took longer.
   */
  readonly left: readonly [number, number] | undefined;
}

/** What a run is doing, for a line on the terminal. */
export interface RunProgress {
  readonly phase: "training" | "measuring";
  readonly step: number;
  readonly steps: number;
  /** Loss of the last training batch; undefined before the first step. */
  readonly stepLoss: number | undefined;
  /** Latest measurement of each quantity. */
  readonly latest: ReadonlyMap<string, ComparedMeasurement>;
  /** Steps per second of training, measurements left out; undefined before the first step. */
  readonly rate: number | undefined;
  /** Seconds to go at that rate, with measurements as often and as long as so far; of the present one at most. */
  readonly remaining: number | undefined;
  /** While it measures: what. */
  readonly measuring?: MeasuringNow | undefined;
  /** What the present measurement takes; given once for each quantity, and only where it is long. */
  readonly estimate?: MeasuringEstimate | undefined;
  /** Whether the numbers of a measurement have just come in. */
  readonly fresh: boolean;
  /** The step at which the network was found collapsed, if it was; see `collapseText`. */
  readonly collapsed?: number | undefined;
}

/** Seconds from which on a measurement is long enough to be told of before. */
const LONG = 2;

/** Turns the events of a run into progress reports. */
export class ProgressMeter {
  /** When the present step or measurement began, ... */
  #since = performance.now();
  /** ... the milliseconds of those before, and the measurements among them. */
  #training = 0;
  #measuring = 0;
  /** Of each quantity, how often it was measured, and the seconds of work. */
  readonly #work = new Map<string, { count: number; seconds: number }>();
  readonly #latest = new Map<string, ComparedMeasurement>();
  #step: number;
  #stepLoss: number | undefined;
  #fresh = false;
  /** What is being measured, and since when; the milliseconds of this measurement, by quantity. */
  #now: { readonly progress: MeasuringProgress; readonly since: number } | undefined;
  readonly #spent = new Map<string, number>();
  /** Milliseconds since the last product, or since the quantity or the batch began. */
  #product = 0;
  readonly #estimates = new Map<string, MeasuringEstimate>();
  /** The first batches of what is being measured, which load and compile what the others use, and their seconds. */
  #first:
    | { readonly quantity: string; readonly batch: number; readonly seconds: number }
    | undefined;
  collapsed: number | undefined;

  /**
   * @param first the step at which the session begins
   * @param ahead how often a quantity will be measured from a step on, by its name in records
   * @param costOf what a quantity says that it costs
   * @param atOnce batches that are looked at at a time
   */
  constructor(
    readonly first: number,
    readonly steps: number,
    readonly ahead: (quantity: string, step: number) => number,
    readonly report: ((progress: RunProgress) => void) | undefined,
    readonly costOf: (quantity: string) => string = () => "",
    readonly atOnce = 1,
  ) {
    this.#step = first;
  }

  measuring(): void {
    this.#training += this.#lap();
    this.#send("measuring");
  }

  /** As a quantity, a batch or a chunk begins, and after each product. */
  looksAt(progress: MeasuringProgress): void {
    const { quantity, chunk } = progress;
    this.#product += this.#book();
    const last = this.#product;
    // A product goes on from chunk to chunk.
    if (chunk === undefined) this.#product = 0;
    this.#now = { progress, since: performance.now() };
    const { batch = 0 } = progress;
    if (this.#first?.quantity !== quantity && batch >= this.atOnce) {
      this.#first = { quantity, batch, seconds: this.#secondsOf(quantity) };
    }
    let news: MeasuringEstimate | undefined;
    if (chunk === undefined && !this.#estimates.has(quantity) && !this.#work.has(quantity)) {
      const times = { product: last / 1000, batch: this.#batchSeconds(progress) };
      const estimate = measuringEstimate(progress, this.costOf(quantity), times);
      if (estimate) this.#estimates.set(quantity, estimate);
      if (estimate && estimate.seconds[1] > LONG) news = estimate;
    }
    this.#send("measuring", news);
  }

  #secondsOf(quantity: string): number {
    return (this.#spent.get(quantity) ?? 0) / 1000;
  }

  /** Seconds of a batch since the first ones; undefined before as many again are done. */
  #batchSeconds({ quantity, batch = 0 }: MeasuringProgress): number | undefined {
    const first = this.#first;
    if (first?.quantity !== quantity || batch < first.batch + this.atOnce) return undefined;
    return (this.#secondsOf(quantity) - first.seconds) / (batch - first.batch);
  }

  /** Books the time since the last news to the quantity that was looked at. @returns milliseconds */
  #book(): number {
    if (this.#now === undefined) return 0;
    const { progress, since } = this.#now;
    const passed = performance.now() - since;
    this.#spent.set(progress.quantity, (this.#spent.get(progress.quantity) ?? 0) + passed);
    return passed;
  }

  /** After the last quantity of a step. */
  measuredAll(): void {
    this.#now = undefined;
    this.#product = 0;
    this.#first = undefined;
    this.#spent.clear();
    this.#measuring += this.#lap();
  }

  measured(measurement: ComparedMeasurement): void {
    const { quantity, seconds } = measurement;
    this.#latest.set(quantity, measurement);
    const before = this.#work.get(quantity) ?? { count: 0, seconds: 0 };
    this.#work.set(quantity, { count: before.count + 1, seconds: before.seconds + seconds });
    this.#fresh = true;
  }

  stepped(step: number, loss: number): void {
    this.#training += this.#lap();
    this.#step = step;
    this.#stepLoss = loss;
    this.#send("training");
    this.#fresh = false;
  }

  #send(phase: RunProgress["phase"], estimate?: MeasuringEstimate): void {
    if (this.report === undefined) return;
    const made = this.#step - this.first;
    const rate = made > 0 ? (1000 * made) / this.#training : undefined;
    const measuring = this.#now && this.#measuringNow(this.#now.progress);
    this.report({
      phase,
      step: this.#step,
      steps: this.steps,
      stepLoss: this.#stepLoss,
      latest: this.#latest,
      rate,
      remaining: rate && this.#remaining(rate) + (measuring?.left?.[1] ?? 0),
      fresh: this.#fresh,
      ...(measuring && { measuring }),
      ...(estimate && { estimate }),
      collapsed: this.collapsed,
    });
  }

  #measuringNow(progress: MeasuringProgress): MeasuringNow {
    const { quantity } = progress;
    const before = this.#work.get(quantity);
    const mean = before && before.seconds / before.count;
    const each = this.#batchSeconds(progress);
    if (mean === undefined && each !== undefined) {
      return { ...progress, left: batchesToGo(progress, each) };
    }
    const takes = mean === undefined ? this.#estimates.get(quantity)?.seconds : [mean, mean];
    if (takes === undefined) return { ...progress, left: undefined };
    const spent = this.#secondsOf(quantity);
    const [least = 0, most = 0] = takes.map((seconds) => Math.max(0, seconds - spent));
    return { ...progress, left: most > 0 ? [least, most] : undefined };
  }

  #remaining(rate: number): number {
    const steps = (this.steps - this.#step) / rate;
    const done = [...this.#work.values()].reduce((sum, { seconds }) => sum + seconds, 0);
    if (done === 0) return steps;
    const ahead = [...this.#work].map(
      ([quantity, { count, seconds }]) => (seconds / count) * this.ahead(quantity, this.#step),
    );
    // Threads work at the same time, and what stands between quantities is nobody's.
    const share = this.#measuring / 1000 / done;
    return steps + share * ahead.reduce((sum, seconds) => sum + seconds, 0);
  }

  /** Milliseconds since the last lap. */
  #lap(): number {
    const now = performance.now();
    const time = now - this.#since;
    this.#since = now;
    return time;
  }
}
