import { stream } from "@eoss/rng";
import { Trainer } from "@eoss/run";
import { measure, quantityByName } from "@eoss/sharpness";
import { inputsOf } from "../../playground/state/inputs.js";
import type { PlaygroundState } from "../../playground/state/state.js";

/** λmax of the Hessians of batches at one point of a training. */
export interface Cloud {
  readonly batchSize: number;
  /** λmax(H_B) of each batch drawn. */
  readonly values: readonly number[];
  /** Their mean, which is an estimate of MiniBS, and half the width of its 95 % interval. */
  readonly mean: number;
  readonly margin: number;
}

/** The whole loss at the same point. */
export interface Whole {
  readonly samples: number;
  readonly sharpness: number;
  readonly loss: number;
}

/** A tolerance that no mean of so few batches reaches: each cloud has all of its batches. */
const NEVER = 1e-6;

/** A network that is trained with all samples, and looked at from time to time. */
export class CloudMeter {
  readonly #trainer: Trainer;

  /**
   * @param batches drawn of each size; all are, so that the clouds are equally dense
   * @throws ConfigError, DatasetError as the settings of a run do
   */
  constructor(
    state: PlaygroundState,
    readonly batches = 32,
  ) {
    this.#trainer = new Trainer(inputsOf(state));
  }

  get step(): number {
    return this.#trainer.step;
  }

  dispose(): void {
    this.#trainer.dispose();
  }

  /** Trains on to a step, which must not lie behind. */
  async goTo(step: number): Promise<void> {
    if (step < this.#trainer.step) throw new RangeError(`step ${step} is gone by already`);
    while (this.#trainer.step < step) await this.#trainer.update();
  }

  async whole(): Promise<Whole> {
    const { samples } = this.#trainer.problem();
    const [fullbs, loss] = await this.#measure(samples, ["fullbs", "loss"]);
    return { samples, sharpness: fullbs!.value, loss: loss!.value };
  }

  async cloud(batchSize: number): Promise<Cloud> {
    const [minibs] = await this.#measure(batchSize, ["minibs"]);
    const { value, margin = 0, batches = [] } = minibs!;
    return { batchSize, values: batches, mean: value, margin };
  }

  #measure(batchSize: number, names: readonly string[]) {
    const problem = { ...this.#trainer.problem(), batchSize };
    return measure(problem, names.map(quantityByName), {
      tolerance: names.includes("minibs") ? NEVER : 0.01,
      maxBatches: this.batches,
      certify: "auto",
      stream: stream(0, "lesson").fork(batchSize),
      step: this.#trainer.step,
    });
  }
}
