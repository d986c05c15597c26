import type { Dataset } from "@eoss/data";
import { disposeTree, type ParameterTree } from "@eoss/hvp";
import type { Model, ParameterSpec } from "@eoss/models";
import type { NoiseState } from "@eoss/noise";
import { stream } from "@eoss/rng";
import {
  type Batches,
  batchSizeSchedule,
  changeOptimizer,
  disposeState,
  fullBatch,
  type Optimizer,
  type OptimizerState,
  optimizerByName,
  type Params,
  resolvePlateaus,
  restoreState,
  type SamplerFactory,
  type SavedState,
  saveStateLater,
  scheduledBatches,
  settingsAt,
  type TrainingPlan,
  type TrainingSettings,
} from "@eoss/sgd";
import type { Quantity, TfjsProblem } from "@eoss/sharpness";
import { tensor } from "@tensorflow/tfjs-core";
import type { NamedTensors } from "../formats/safetensors.js";
import { augmentSetting } from "../settings/augmentSetting.js";
import type { TrainConfig } from "../settings/config.js";
import { noiseSetting } from "../settings/noiseSetting.js";
import { samplerSetting } from "../settings/samplerSetting.js";
import { seedOf } from "../settings/seeds.js";
import { batchGradient, noisyGradient, type StepGradient } from "./gradients.js";
import type { Plugins } from "./plugins.js";
import { augmentedProblem, type TrainingProblem, trainingProblem } from "./trainingProblem.js";

/** What a run is made from: data, network, plan and quantities, as its settings name them. */
export interface RunInputs {
  readonly config: TrainConfig;
  readonly dataset: Dataset;
  readonly model: Model;
  /** With plateaus still open. */
  readonly plan: TrainingPlan;
  /** Samples that training never sees, if a quantity looks at them. */
  readonly heldOut?: Dataset | undefined;
  /** Code of users that the plan names. */
  readonly plugins?: Plugins | undefined;
  /** What is measured, in the order of `measuredNames`. */
  readonly quantities: readonly Quantity[];
  /** θ of step 0, where it is not drawn: a tensor for each parameter of the model. */
  readonly initial?: NamedTensors | undefined;
  /** The name of the backend that runs. */
  readonly backend: string;
  /** Threads that measure; 1: the calling one alone. */
  readonly workers: number;
}

/** Where a training stands, off the device. */
export interface Position {
  readonly state: SavedState;
  readonly optimizer: string;
  readonly plateaus: readonly number[];
  /** What a noise keeps between steps. */
  readonly noise?: NoiseState | undefined;
}

/**
 * The training itself, without measuring or writing: θ, and the way from one step to the next. What
 * a step does depends on θ, the optimizer's slots, the plan and the step's number alone.
 */
export class Trainer {
  #state: OptimizerState;
  #optimizer: string;
  #plateaus: readonly number[];
  #plan: TrainingPlan;
  #noiseState: NoiseState | undefined;
  /** By the seed of their order. */
  readonly #batches = new Map<number, Batches>();
  readonly #problem: TrainingProblem;
  #initialParams: Params | undefined;
  #inputs: RunInputs;

  /** @param position where to go on; default: at the initialisation */
  constructor(inputs: RunInputs, position?: Position) {
    this.#inputs = inputs;
    const { config, dataset, model, plan, heldOut } = inputs;
    this.#problem = trainingProblem(dataset, model, config.loss, heldOut, inputs.plugins?.losses);
    this.#plateaus = position?.plateaus ?? [];
    this.#plan = resolvePlateaus(plan, this.#plateaus);
    if (position) {
      this.#state = restoreState(position.state);
      this.#optimizer = position.optimizer;
      this.#noiseState = position.noise;
    } else {
      this.#optimizer = settingsAt(this.#plan, 0).optimizer.name;
      this.#state = this.#rule(this.#optimizer).init(initialParams(inputs));
    }
  }

  get inputs(): RunInputs {
    return this.#inputs;
  }

  /** Updates made. */
  get step(): number {
    return this.#state.step;
  }

  /** What holds at the present step. */
  get settings(): TrainingSettings {
    return settingsAt(this.#plan, this.step);
  }

  /** The plan, with the plateaus seen so far in it. */
  get plan(): TrainingPlan {
    return this.#plan;
  }

  /** Where it stands. No update may be made before it is there. */
  async position(): Promise<Position> {
    return {
      state: await saveStateLater(this.#state),
      optimizer: this.#optimizer,
      plateaus: this.#plateaus,
      noise: this.#noiseState,
    };
  }

  /** The first intervention that waits for a plateau takes effect from the present step on. */
  plateauSeen(): void {
    this.#plateaus = [...this.#plateaus, this.step];
    this.#plan = resolvePlateaus(this.inputs.plan, this.#plateaus);
    this.#batches.clear();
  }

  /**
   * Goes on with other settings from the present step; what was done stays as it is.
   *
   * @param inputs of the same data, network and loss, whose plan has the same interventions at plateaus
   */
  replan({ config, plan }: Pick<RunInputs, "config" | "plan">): void {
    this.#plan = resolvePlateaus(plan, this.#plateaus);
    this.#inputs = { ...this.#inputs, config, plan };
    this.#batches.clear();
  }

  /** Goes where another training from the same inputs stands. */
  moveTo({ state, optimizer, plateaus, noise }: Position): void {
    disposeState(this.#state);
    this.#state = restoreState(state);
    this.#optimizer = optimizer;
    this.#noiseState = noise;
    this.#plateaus = plateaus;
    this.#plan = resolvePlateaus(this.inputs.plan, plateaus);
    this.#batches.clear();
  }

  /** What there is to measure at the present step; what takes work is made when it is asked for. */
  problem(): TfjsProblem {
    const { batchSize, learningRate, optimizer } = this.settings;
    const { name, ...options } = optimizer;
    const trainer = this;
    return {
      ...this.#problem,
      params: this.#state.params,
      batchSize,
      get stepBatch() {
        return trainer.#batch();
      },
      get update() {
        trainer.#adopt(name);
        return { learningRate, optimizer: trainer.#rule(name), state: trainer.#state, options };
      },
      get initialParams() {
        trainer.#initialParams ??= initialParams(trainer.inputs);
        return trainer.#initialParams;
      },
    };
  }

  /** Puts the parameters of another training in the place of θ₀, which distances are from. */
  measureFrom(theirs: NamedTensors): void {
    this.#initialParams = initialParams({ ...this.inputs, initial: theirs });
  }

  /**
   * Makes one update, and gives the loss of its batch before it and the number of its samples. If
   * the loss is not finite, θ stays as it is. One at a time.
   */
  async update(): Promise<{ readonly loss: number; readonly samples: number }> {
    const { optimizer, learningRate } = this.settings;
    const { name, ...options } = optimizer;
    this.#adopt(name);
    const rule = this.#rule(name);
    const given = { learningRate, ...options };
    const here = await this.#gradient(this.#state.params);
    let { gradient, noiseState } = here;
    if (Number.isFinite(here.loss)) {
      const ahead = rule.lookAhead(gradient, this.#state, given);
      if (ahead) {
        disposeTree(gradient as ParameterTree);
        ({ gradient, noiseState } = await this.#gradient(ahead));
        disposeTree(ahead as ParameterTree);
      }
      this.#state = rule.step(gradient, this.#state, given);
      this.#noiseState = noiseState;
    }
    disposeTree(gradient as ParameterTree);
    return { loss: here.loss, samples: here.samples };
  }

  dispose(): void {
    disposeState(this.#state);
    if (this.#initialParams) disposeTree(this.#initialParams as ParameterTree);
  }

  /** Of the samples and the noise of the present step, at any parameters. */
  async #gradient(params: Params): Promise<StepGradient> {
    const { noise: text, learningRate, batchSize } = this.settings;
    const noise = noiseSetting(text, this.#inputs.plugins?.noises);
    const problem = this.#stepProblem();
    if (noise === undefined) return batchGradient(problem, params, this.#batch());
    const { sampler } = this.inputs.config;
    const step = {
      step: this.step,
      stream: stream(this.#orderSeed(), "noise"),
      learningRate,
      batchSize,
      replacement: sampler === "with-replacement",
      state: this.#noiseState,
    };
    return noisyGradient(problem, params, noise, step);
  }

  #rule(name: string): Optimizer {
    return optimizerByName(name, this.#inputs.plugins?.optimizers);
  }

  /** Goes over to the optimizer of the next step, if an intervention changed it. */
  #adopt(name: string): void {
    if (name === this.#optimizer) return;
    this.#state = changeOptimizer(this.#state, this.#rule(name));
    this.#optimizer = name;
  }

  /** With the samples as the present step sees them. */
  #stepProblem(): TrainingProblem {
    const { config, dataset, model } = this.inputs;
    const augmentation = augmentSetting(config.augment);
    if (augmentation === undefined) return this.#problem;
    const random = stream(this.#orderSeed(), "augmentation").fork(this.step);
    return augmentedProblem(this.#problem, dataset, model, augmentation, random);
  }

  #orderSeed(): number {
    return this.settings.orderSeed ?? seedOf(this.inputs.config, "order");
  }

  /** The batch of the present step: with another seed of the order, that of a run that had it all along. */
  #batch(): Int32Array {
    const { config, dataset, plugins } = this.inputs;
    const seed = this.#orderSeed();
    let batches = this.#batches.get(seed);
    if (batches === undefined) {
      const draw = wholeOr(samplerSetting(config.sampler, plugins?.samplers));
      const sizes = batchSizeSchedule(this.#plan);
      batches = scheduledBatches(sizes, dataset.samples, draw, stream(seed, "data-order"));
      this.#batches.set(seed, batches);
    }
    return batches.at(this.step);
  }
}

/** θ of step 0, given or drawn. */
export function initialParams({ config, model, initial }: RunInputs): Params {
  if (initial) {
    const given = ({ name, shape }: ParameterSpec) => tensor(initial.get(name)!.values, [...shape]);
    return Object.fromEntries(model.parameters.map((spec) => [spec.name, given(spec)]));
  }
  const init = { scheme: config.init, scale: config["init-scale"] };
  return model.init(stream(seedOf(config, "init"), "init"), init);
}

/** Batches of all samples are the full batch, whose order does not matter. */
function wholeOr(factory: SamplerFactory): SamplerFactory {
  return (samples, batchSize, random) =>
    batchSize === samples ? fullBatch(samples) : factory(samples, batchSize, random);
}
