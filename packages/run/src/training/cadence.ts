import { nextMeasurement } from "@eoss/sharpness";
import { isDue, type Rhythm, rhythmOf } from "../settings/rhythm.js";

/** A share such as 0.2 or "20%". */
export function shareOf(budget: number | string): number {
  return typeof budget === "number" ? budget : Number(budget.slice(0, -1)) / 100;
}

export interface CadenceSettings {
  /** At which steps what is measured, as the settings have it. */
  readonly every: number | string;
  /** The quantities, by the names that the settings have for them. */
  readonly names: readonly string[];
  /** Share of the wall time that measuring may take; without, `every` alone decides. */
  readonly budget?: number | undefined;
  /** The last step at which an earlier session measured. */
  readonly last?: number | undefined;
}

/** Decides at which steps a run is measured, by what steps and measurements take. */
export class Cadence {
  readonly #every: number | string;
  readonly #rhythms: ReadonlyMap<string, Rhythm>;
  readonly #budget: number | undefined;
  #next: number;
  #training = 0;
  #measuring = 0;
  #step = 0;

  constructor({ every, names, budget, last }: CadenceSettings) {
    this.#every = every;
    this.#rhythms = new Map(names.map((name) => [name, rhythmOf(every, name)]));
    this.#budget = budget;
    this.#next = last === undefined ? 0 : last + 1;
  }

  /**
   * The quantities that are measured at a step. Without a budget that is settled by the step's number,
   * whatever was measured before; with one it is all or none.
   */
  due(step: number): string[] {
    const names = [...this.#rhythms.keys()];
    if (this.#budget !== undefined) return step >= this.#next ? names : [];
    return names.filter((name) => isDue(this.#rhythms.get(name)!, step));
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
      // `measuredNames` refuses others.
      every: this.#every as number,
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
