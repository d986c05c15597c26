import type { Measurement } from "@eoss/sharpness";

/** What a run is doing, for a line on the terminal. */
export interface Progress {
  readonly phase: "training" | "measuring";
  readonly step: number;
  readonly steps: number;
  /** Loss of the last training batch; undefined before the first step. */
  readonly stepLoss: number | undefined;
  /** 2/η, or what the optimizer has instead, at the last measurement. */
  readonly threshold: number;
  /** Latest measurement of each quantity. */
  readonly latest: ReadonlyMap<string, Measurement>;
  /** Steps per second since the start, measurements included; undefined before the first step. */
  readonly rate: number | undefined;
  /** Seconds to go at that rate. */
  readonly remaining: number | undefined;
  /** Whether the numbers of a measurement have just come in. */
  readonly fresh: boolean;
}

/** Turns the events of a run into progress reports. */
export class ProgressMeter {
  readonly #began = performance.now();
  readonly #latest = new Map<string, Measurement>();
  #step: number;
  #threshold = Number.NaN;
  #stepLoss: number | undefined;
  #fresh = false;

  /** @param first the step at which the session begins */
  constructor(
    readonly first: number,
    readonly steps: number,
    readonly report: ((progress: Progress) => void) | undefined,
  ) {
    this.#step = first;
  }

  measuring(threshold: number): void {
    this.#threshold = threshold;
    this.#send("measuring");
  }

  measured(measurement: Measurement): void {
    this.#latest.set(measurement.quantity, measurement);
    this.#fresh = true;
  }

  stepped(step: number, loss: number): void {
    this.#step = step;
    this.#stepLoss = loss;
    this.#send("training");
    this.#fresh = false;
  }

  #send(phase: Progress["phase"]): void {
    if (this.report === undefined) return;
    const seconds = (performance.now() - this.#began) / 1000;
    const made = this.#step - this.first;
    const rate = made > 0 ? made / seconds : undefined;
    this.report({
      phase,
      step: this.#step,
      steps: this.steps,
      stepLoss: this.#stepLoss,
      threshold: this.#threshold,
      latest: this.#latest,
      rate,
      remaining: rate && (this.steps - this.#step) / rate,
      fresh: this.#fresh,
    });
  }
}
