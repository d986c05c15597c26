import type { ComparedWith, Measurement } from "@eoss/sharpness";

/** A measurement, and what it is compared with at its step. */
export interface ComparedMeasurement extends Measurement {
  readonly comparison: ComparedWith;
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
  /** Seconds to go at that rate, with measurements as often and as long as so far. */
  readonly remaining: number | undefined;
  /** Whether the numbers of a measurement have just come in. */
  readonly fresh: boolean;
  /** The step at which the network was found collapsed, if it was; see `collapseText`. */
  readonly collapsed?: number | undefined;
}

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
  collapsed: number | undefined;

  /**
   * @param first the step at which the session begins
   * @param ahead how often a quantity will be measured from a step on, by its name in records
   */
  constructor(
    readonly first: number,
    readonly steps: number,
    readonly ahead: (quantity: string, step: number) => number,
    readonly report: ((progress: RunProgress) => void) | undefined,
  ) {
    this.#step = first;
  }

  measuring(): void {
    this.#training += this.#lap();
    this.#send("measuring");
  }

  /** After the last quantity of a step. */
  measuredAll(): void {
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

  #send(phase: RunProgress["phase"]): void {
    if (this.report === undefined) return;
    const made = this.#step - this.first;
    const rate = made > 0 ? (1000 * made) / this.#training : undefined;
    this.report({
      phase,
      step: this.#step,
      steps: this.steps,
      stepLoss: this.#stepLoss,
      latest: this.#latest,
      rate,
      remaining: rate && this.#remaining(rate),
      fresh: this.#fresh,
      collapsed: this.collapsed,
    });
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
