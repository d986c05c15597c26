import { disposeTree, flatten } from "@eoss/hvp";
import { type NoiseProblem, type NoiseSettings, type NoiseState, noiseByName } from "@eoss/noise";
import type { RandomStream } from "@eoss/rng";
import { fullGradient, parameterCount, type TinyParams } from "./tinyNetwork.js";

/** The noisy gradient of the tiny network as a vector, [d]. */
export function noisyGradient(
  name: string,
  problem: NoiseProblem<TinyParams>,
  settings: NoiseSettings,
): { loss: number; gradient: Float64Array; state: NoiseState | undefined } {
  const { loss, gradient, state } = noiseByName(name).gradient(problem, settings);
  const flat = flatten(gradient, new Float64Array(parameterCount));
  disposeTree(gradient);
  return { loss: loss as number, gradient: flat, state };
}

/** The noise alone, [d]: the noisy gradient less ∇L. */
export function noiseOf(...given: Parameters<typeof noisyGradient>): Float64Array {
  return noisyGradient(...given).gradient.map((g, j) => g - fullGradient[j]!);
}

/** A stream whose normal numbers and signs are the k-th unit vector, forks included. */
export function unitStream(k: number): RandomStream {
  const refuse = () => {
    throw new Error("only normal numbers and signs are expected to be drawn");
  };
  const unit = (length: number) =>
    Float32Array.from({ length }, (_, index) => (index === k ? 1 : 0));
  const self: RandomStream = {
    fork: () => self,
    normalAt: (index) => (index === k ? 1 : 0),
    normals: unit,
    signs: unit,
    uint32At: refuse,
    uniformAt: refuse,
    shuffle: refuse,
    sample: refuse,
  };
  return self;
}
