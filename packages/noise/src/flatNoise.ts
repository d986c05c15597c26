import { layoutOf, type ParameterTree, unflatten } from "@eoss/hvp";
import { addTrees } from "@eoss/hvp/internal";
import type { RandomStream } from "@eoss/rng";
import { weightedGradients } from "./outputGradients.js";
import type { NoiseProblem } from "./problem.js";
import { meanWeights } from "./weights.js";

/**
 * The standard normal numbers of a step for noise in parameter space, [d]; independent of those
 * that the step's stream gives to the samples.
 */
export function normalNoise(size: number, stream: RandomStream): Float32Array {
  return stream.fork(0).normals(size);
}

/** gradient + noise; consumes the gradient. */
export function addFlat<P extends ParameterTree>(gradient: P, noise: Float32Array): P {
  return addTrees(gradient, unflatten(noise, gradient));
}

/** L and ∇L + √variance·z, z ~ N(0, I_d). */
export function withWhiteNoise<P extends ParameterTree>(
  problem: NoiseProblem<P>,
  variance: number,
  stream: RandomStream,
): { loss: number | Promise<number>; gradient: P } {
  const { loss, gradients } = weightedGradients(problem, [meanWeights(problem.samples)]);
  const deviation = Math.sqrt(variance);
  const noise = normalNoise(layoutOf(problem.params).size, stream).map((z) => deviation * z);
  return { loss, gradient: addFlat(gradients[0]!, noise) };
}
