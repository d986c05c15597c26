// A loss written with tfjs ops, as a problem that offers views.

import type { LossProblem, ParameterTree, SampleSet } from "@eoss/hvp";
import { checkOptions, namesOf, shown } from "@eoss/rng/internal";
import type { Hyperparameters, Optimizer, OptimizerState } from "@eoss/sgd";
import type { EngineView, Problem, Update, ViewOptions } from "../loss/engine.js";
import { type HostVector, hostSpace } from "./hostSpace.js";
import { TfjsView } from "./view.js";

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
 * What is optional is needed by some quantities only; `checkNeeds` says by which. `head` is that of the
 * held-out samples too.
 */
export interface TfjsProblem extends LossProblem {
  /** b, samples of a training batch. */
  readonly batchSize: number;
  /** Samples that training never sees. */
  readonly heldOut?: SampleSet;
  /** Indices of the batch that the next step takes. */
  readonly stepBatch?: Int32Array;
  readonly update?: TfjsUpdate;
  /** θ₀, where training began. */
  readonly initialParams?: ParameterTree;
}

const SAMPLE_SET = { samples: true, lossOf: true, outputsOf: true, targetsOf: true } as const;
const SET_PARTS = namesOf<SampleSet>(SAMPLE_SET);
const PARTS = namesOf<TfjsProblem>({
  ...SAMPLE_SET,
  ...{ params: true, batchSize: true, coupled: true, chunkSize: true, head: true },
  ...{ heldOut: true, stepBatch: true, update: true, initialParams: true },
});
const UPDATE_PARTS = namesOf<TfjsUpdate>({
  ...{ learningRate: true, optimizer: true, state: true, options: true },
});

/**
 * The problem that a loss with tfjs ops makes.
 *
 * @throws RangeError naming a part that a problem does not have, or one that is wrong
 */
export function tfjsProblem(problem: TfjsProblem): Problem<HostVector> {
  const space = hostSpace();
  return problemOf(problem, (...of) => new TfjsView(problem, ...of, space));
}

/**
 * The problem that a loss with tfjs ops makes, by views of one engine.
 *
 * @throws RangeError as `tfjsProblem`
 */
export function problemOf<V>(
  problem: TfjsProblem,
  viewOf: (set: SampleSet, indices: Int32Array, options: ViewOptions) => EngineView<V>,
): Problem<V> {
  checkProblem(problem);
  const { heldOut, stepBatch, coupled, update } = problem;
  const setOf = (set: ViewOptions["set"]) => (set === "training" ? problem : heldOut!);
  return {
    samples: problem.samples,
    batchSize: problem.batchSize,
    ...(coupled !== undefined && { coupled }),
    ...(heldOut && { heldOut: { samples: heldOut.samples } }),
    ...(stepBatch && { stepBatch }),
    ...(update && { update: updateOf(update) }),
    lacks(need, set) {
      if (need === "shapes") return undefined; // tensors have them
      if (need === "initial-params") return absent({ initialParams: problem.initialParams });
      const { outputsOf, targetsOf } = setOf(set);
      return absent({ outputsOf, targetsOf, head: problem.head });
    },
    view: (indices, options) => viewOf(setOf(options.set), indices, options),
  };
}

function checkProblem(problem: TfjsProblem): void {
  checkOptions("a problem", problem, PARTS);
  const { params, samples, batchSize, chunkSize, coupled, heldOut, update } = problem;
  if (typeof params !== "object" || params === null) {
    throw new RangeError(
      `params of a problem is ${shown(params)}; allowed: tensors by their names`,
    );
  }
  checkSamples("a problem", problem);
  if (!isCount(batchSize) || batchSize > samples) {
    throw new RangeError(
      `batchSize of a problem is ${shown(batchSize)}; allowed: an integer from 1 to samples, ${samples}`,
    );
  }
  if (chunkSize !== undefined && !isCount(chunkSize)) {
    throw new RangeError(
      `chunkSize of a problem is ${shown(chunkSize)}; allowed: an integer from 1 on`,
    );
  }
  if (coupled !== undefined && typeof coupled !== "boolean") {
    throw new RangeError(`coupled of a problem is ${shown(coupled)}; allowed: true, false`);
  }
  if (update !== undefined) checkOptions("update", update, UPDATE_PARTS);
  if (heldOut === undefined) return;
  checkOptions("heldOut", heldOut, SET_PARTS);
  checkSamples("heldOut", heldOut);
}

function checkSamples(what: string, { samples, lossOf }: SampleSet): void {
  if (!isCount(samples)) {
    throw new RangeError(`samples of ${what} is ${shown(samples)}; allowed: an integer from 1 on`);
  }
  if (typeof lossOf !== "function") {
    throw new RangeError(
      `lossOf of ${what} is ${shown(lossOf)}; allowed: (indices) => (params) => the mean loss of those samples`,
    );
  }
}

function isCount(x: unknown): x is number {
  return Number.isSafeInteger(x) && (x as number) >= 1;
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
