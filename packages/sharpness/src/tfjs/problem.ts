// A loss written with tfjs ops, as a problem that offers views.
import type { Likelihood, LossHead, ParameterTree } from "@eoss/hvp";
import type { Hyperparameters, Optimizer, OptimizerState } from "@eoss/sgd";
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Problem, Update, ViewOptions } from "../loss/engine.js";
import { type HostVector, hostSpace } from "./hostSpace.js";
import { TfjsView } from "./view.js";

/** A loss over samples, each known by its index, and the network behind it where there is one. */
export interface SampleSet {
  /** n, the number of samples. */
  readonly samples: number;
  /**
   * The mean loss of some samples as a function of the parameters, written with tfjs ops.
   *
   * @param indices of the samples, each from 0 to n − 1
   */
  // biome-ignore lint/suspicious/noExplicitAny: whatever tree `params` is, its loss takes
  lossOf(indices: Int32Array): (params: any) => Tensor;
  /** Outputs of the network for some samples, [b, C], as a function of the parameters. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  outputsOf?(indices: Int32Array): (params: any) => Tensor;
  /** Targets of some samples, shaped like the outputs, e.g. one-hot; the caller disposes them. */
  targetsOf?(indices: Int32Array): Tensor;
}

/** The update rule of the training, as it stands before its next step. */
export interface TfjsUpdate {
  /** η of the next step. */
  readonly learningRate: number;
  readonly optimizer: Optimizer;
  /** State of the optimizer; stays the caller's. */
  readonly state: OptimizerState;
  /** Options of the optimizer beside η; its defaults where left out. */
  readonly options?: Hyperparameters;
}

/**
 * A training loss at fixed parameters that is written with tfjs ops, and the batches that SGD draws from it.
 * What is optional is needed by some quantities only; `checkNeeds` says by which.
 */
export interface TfjsProblem extends SampleSet {
  /** θ; stays the caller's. */
  readonly params: ParameterTree;
  /** b, samples of a training batch. */
  readonly batchSize: number;
  /**
   * Whether the loss of a sample depends on the others it goes through the network with, as with
   * batch normalisation. Then a batch cannot be cut into chunks, and memory grows with its size.
   */
  readonly coupled?: boolean;
  /** Loss head: from outputs and targets to the mean loss, for training and held-out samples. */
  readonly head?: LossHead | Likelihood;
  /** Samples that training never sees. */
  readonly heldOut?: SampleSet;
  /** Indices of the batch that the next step takes. */
  readonly stepBatch?: Int32Array;
  readonly update?: TfjsUpdate;
  /** θ₀, where training began. */
  readonly initialParams?: ParameterTree;
}

/** The problem that a loss with tfjs ops makes. */
export function tfjsProblem(problem: TfjsProblem): Problem<HostVector> {
  const { heldOut, stepBatch, coupled, update } = problem;
  const space = hostSpace();
  const setOf = (set: ViewOptions["set"]) => (set === "training" ? problem : heldOut!);
  return {
    samples: problem.samples,
    batchSize: problem.batchSize,
    ...(coupled !== undefined && { coupled }),
    ...(heldOut && { heldOut: { samples: heldOut.samples } }),
    ...(stepBatch && { stepBatch }),
    ...(update && { update: updateOf(update) }),
    lacks(need, set) {
      if (need === "initial-params") return absent({ initialParams: problem.initialParams });
      const { outputsOf, targetsOf } = setOf(set);
      return absent({ outputsOf, targetsOf, head: problem.head });
    },
    view: (indices, options) => new TfjsView(problem, setOf(options.set), indices, options, space),
  };
}

function updateOf({ learningRate, optimizer, options }: TfjsUpdate): Update {
  if (optimizer === undefined) return { learningRate };
  const given = { ...options, learningRate };
  return {
    learningRate,
    // Not every rule has a threshold, and not every quantity asks for it.
    get rule() {
      return {
        threshold: optimizer.threshold(given).value,
        decay: optimizer.coupledDecay(given),
      };
    },
  };
}

/** What a problem has not, in words. */
function absent(members: Readonly<Record<string, unknown>>): string | undefined {
  const names = Object.keys(members).filter((name) => members[name] === undefined);
  return names.length === 0 ? undefined : `the problem has no ${names.join(", ")}`;
}
