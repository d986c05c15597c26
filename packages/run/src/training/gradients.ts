import type { ParameterTree } from "@eoss/hvp";
import { batchGradientLater, samplesPerChunk } from "@eoss/hvp/internal";
import type { NoiseState } from "@eoss/noise";
import type { RandomStream } from "@eoss/rng";
import type { Params } from "@eoss/sgd";
import type { NoiseSetting } from "../settings/noiseSetting.js";
import type { TrainingProblem } from "./trainingProblem.js";

/** What the optimizer gets. */
export interface StepGradient {
  /** Of the samples that the gradient was made of. */
  readonly loss: number;
  readonly samples: number;
  /** The caller disposes it. */
  readonly gradient: Params;
  /** What a noise keeps for later steps. */
  readonly noiseState?: NoiseState | undefined;
}

/** The gradient of a mini-batch. */
export async function batchGradient(
  problem: TrainingProblem,
  params: Params,
  batch: Int32Array,
): Promise<StepGradient> {
  const at = { ...problem, params: params as ParameterTree };
  const { loss, gradient } = await batchGradientLater(at, batch);
  return { loss, samples: batch.length, gradient: gradient as Params };
}

/** The gradient of all samples with a noise like that of batches of b. */
export async function noisyGradient(
  problem: TrainingProblem,
  params: Params,
  { noise, options }: NoiseSetting,
  step: {
    readonly step: number;
    readonly stream: RandomStream;
    readonly learningRate: number;
    readonly batchSize: number;
    readonly replacement: boolean;
    readonly state: NoiseState | undefined;
  },
): Promise<StepGradient> {
  const { samples, head, outputsOf, targetsOf } = problem;
  const made = noise.gradient(
    {
      ...problem,
      params: params as ParameterTree,
      head: head!,
      chunkSize: samplesPerChunk(params as ParameterTree, problem),
      outputsOf: outputsOf!,
      targetsOf: targetsOf!,
    },
    { ...options, ...step },
  );
  return {
    loss: await made.loss,
    samples,
    gradient: made.gradient as Params,
    noiseState: made.state,
  };
}
