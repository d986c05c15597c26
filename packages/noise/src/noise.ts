import type { ParameterTree } from "@eoss/hvp";
import type { RandomStream } from "@eoss/rng";
import {
  callback,
  checkOption,
  checkTableDefinition,
  completeOptions,
  flag,
  needed,
  type OptionTable,
  requireStream,
  shown,
  TABLE_PARTS,
} from "@eoss/rng/internal";
import { type BatchNoise, covarianceFactor } from "./covariance.js";
import { type NoiseOptions, type OptionDomain, shared } from "./options.js";
import { checkProblem, type NoiseProblem } from "./problem.js";

type Given = OptionTable["defaults"];

/** A step whose gradient gets noise; the options of the noise stand beside it. */
export interface NoiseSettings extends Omit<BatchNoise, "samples">, NoiseOptions {
  /** Steps made before, from 0 on. The noise depends on (stream, step) alone, and on θ. */
  readonly step: number;
  /** The run's stream for noise; each step forks it. */
  readonly stream: RandomStream;
  /** η of this step, at least 0. */
  readonly learningRate: number;
  /** What the step before gave, or a checkpoint held; it stays as it is. */
  readonly state?: NoiseState | undefined;
}

/**
 * What a noise keeps between steps, as plain data for a checkpoint: the covariance of single-sample
 * gradients, when it shall serve for more than one step. JSON keeps it bit for bit, and what JSON.parse
 * gives of it can be handed to the next step.
 */
export interface NoiseState {
  /** The step at which it was computed. */
  readonly step: number;
  /** Variance of the gradient of one sample, a mean over each of the noise's cells. */
  readonly variance: Float32Array;
}

export interface NoisyGradient<P extends ParameterTree> {
  /**
   * L(θ), the mean loss of all samples, without noise; a promise on a backend that gives numbers only later, as
   * WebGPU.
   */
  readonly loss: number | Promise<number>;
  /** What the optimizer gets, shaped like the parameters; the caller disposes it. */
  readonly gradient: P;
  /** To be handed to the next step; undefined where the noise keeps nothing. */
  readonly state: NoiseState | undefined;
}

/** A way to make the full-batch gradient noisy. */
export interface Noise {
  readonly name: string;
  /** What it does, in a line; may be empty. */
  readonly description: string;
  /** Whether the mean of its gradient is another than ∇L(θ), as where a step is cut into smaller ones. */
  readonly biased: boolean;
  /** Whether it has the covariance of batches, c²·Σ: then there is none of it with b = n. */
  readonly ofBatches?: boolean;
  /** Its options with the values they take when left out; undefined where one must be given. */
  readonly defaults: NoiseOptions;
  /**
   * Looks at options before a run begins.
   *
   * @throws RangeError if one is unknown, missing or out of its domain: name, value, what is allowed
   */
  checkOptions(options: NoiseOptions): void;
  /**
   * ∇L(θ) + ξ, in place of the gradient of a mini-batch. A loss that is not finite comes back as it
   * is, with a gradient that is of no use.
   *
   * @throws RangeError naming what does not fit, before anything is computed
   */
  gradient<P extends ParameterTree>(
    problem: NoiseProblem<P>,
    settings: NoiseSettings,
  ): NoisyGradient<P>;
}

/** A step as the formula of a noise sees it, checked. */
export interface NoiseStep<O extends object> {
  readonly step: number;
  /** For this step alone: forked from the run's. */
  readonly stream: RandomStream;
  readonly learningRate: number;
  /** c² with Cov(g_B) = c²·Σ; see `covarianceFactor`. */
  readonly factor: number;
  readonly batchSize: number;
  readonly options: Required<O>;
  readonly state: NoiseState | undefined;
}

/** A noise as its formula; `defineNoise` adds the checks. */
export interface NoiseDefinition<O extends object> {
  readonly name: string;
  /** What it does, in a line. */
  readonly description?: string;
  /** Whether the mean of its gradient is another than ∇L(θ); default false. */
  readonly biased?: boolean;
  /** Whether it has the covariance of batches, and so vanishes with b = n; default false. */
  readonly ofBatches?: boolean;
  /** What options may be; left out: what the names of eoss mean, else anything like the default. */
  readonly domains?: Readonly<Partial<Record<keyof O & string, OptionDomain>>>;
  /** A key for each option that it has. */
  readonly defaults: { readonly [K in keyof O]: O[K] | undefined };
  gradient<P extends ParameterTree>(
    problem: NoiseProblem<P>,
    step: NoiseStep<O>,
  ): Omit<NoisyGradient<P>, "state"> & { readonly state?: NoiseState | undefined };
}

const PARTS = { ...TABLE_PARTS, biased: flag, ofBatches: flag, gradient: needed(callback) };

/**
 * Makes a noise of its formula: it checks problem, step and options, and forks the stream.
 *
 * @throws RangeError for a part that a noise does not have, that is missing, or that is of another kind
 */
export function defineNoise<O extends object>(rule: NoiseDefinition<O>): Noise {
  checkTableDefinition("defineNoise", rule, PARTS, [], true);
  const { name, description = "", biased = false, ofBatches = false, defaults } = rule;
  const table = { defaults: defaults as Given, domains: { ...shared, ...rule.domains } };
  for (const [option, value] of Object.entries(table.defaults)) {
    if (value !== undefined) checkOption(name, table, option, value);
  }
  return {
    name,
    description,
    biased,
    ofBatches,
    defaults: defaults as NoiseOptions,
    checkOptions(options) {
      completeOptions(name, table, options as Given);
    },
    gradient(problem, { step, stream, batchSize, replacement, learningRate, state, ...given }) {
      checkProblem(name, problem);
      requireStream(`${name} noise`, stream);
      checkStep(step, learningRate);
      const factor = covarianceFactor({ samples: problem.samples, batchSize, replacement });
      const options = completeOptions(name, table, given as Given) as Required<O>;
      const made = rule.gradient(problem, {
        ...{ step, learningRate, factor, batchSize, options, state },
        stream: stream.fork(step),
      });
      const isMade = typeof made === "object" && made !== null && "gradient" in made;
      if (!isMade) {
        const what = `\`gradient\` of the noise ${name} gives ${shown(made)}`;
        throw new RangeError(`${what}; allowed: { loss, gradient }, at once`);
      }
      return { loss: made.loss, gradient: made.gradient, state: made.state };
    },
  };
}

function checkStep(step: number, learningRate: number): void {
  if (!(Number.isSafeInteger(step) && step >= 0)) {
    throw new RangeError(`the step must be an integer from 0 on, not ${step}`);
  }
  if (!(Number.isFinite(learningRate) && learningRate >= 0)) {
    throw new RangeError(`the learning rate must be a finite number ≥ 0, not ${learningRate}`);
  }
}
