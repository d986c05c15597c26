import { nextMeasurement } from "@eoss/sharpness";

/** A share such as 0.2 or "20%". */
export function shareOf(budget: number | string): number {
  return typeof budget === "number" ? budget : Number(budget.slice(0, -1)) / 100;
}

export interface CadenceSettings {
  /** Steps between measurements. */
  readonly every: number;
  /** Share of the wall time that measuring may take; without, `every` alone decides. */
  readonly budget?: number | undefined;
  /** The last step at which an earlier session measured. */
  readonly last?: number | undefined;
}

/** Decides at which steps a run is measured, by what steps and measurements take. */
export class Cadence {
  readonly #every: number;
  readonly #budget: number | undefined;
  #next: number;
  #training = 0;
  #measuring = 0;
  #step = 0;

  constructor({ every, budget, last }: CadenceSettings) {
    this.#every = every;
    this.#budget = budget;
    this.#next = last === undefined ? 0 : last + 1;
  }

  /** Without a budget the steps are those divisible by `every`, whatever was measured before. */
  due(step: number): boolean {
    return this.#budget === undefined ? step % this.#every === 0 : step >= this.#next;
  }

  trained(seconds: number): void {
    this.#training += seconds;
    // Of the last ten steps or so: the first ones are slower.
    this.#step += (seconds - this.#step) / (this.#step === 0 ? 1 : 10);
  }

  /** @param thresholdDistance |sharpness/threshold − 1| of what is nearest to the threshold */
  measured(step: number, seconds: number, thresholdDistance: number): void {
    this.#measuring += seconds;
    if (this.#budget === undefined) return;
    this.#next = nextMeasurement({
      step,
      every: this.#every,
      budget: this.#budget,
      timings: {
        training: this.#training,
        measuring: this.#measuring,
        step: this.#step,
        measurement: seconds,
      },
      thresholdDistance,
    });
  }
}
