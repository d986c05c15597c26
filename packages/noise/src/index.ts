// Full-batch gradients with noise made to match that of batches.

export type { LoadPluginOptions } from "@eoss/rng";
export { block } from "./block.js";
export { constant } from "./constant.js";
export { loadNoise, NoiseContractError } from "./contract.js";
export { type BatchNoise, covarianceFactor } from "./covariance.js";
export { diagonal } from "./diagonal.js";
export { directional, directionalWeights } from "./directional.js";
export { isotropic } from "./isotropic.js";
export { label } from "./label.js";
export { langevin } from "./langevin.js";
export {
  defineNoise,
  type Noise,
  type NoiseDefinition,
  type NoiseSettings,
  type NoiseState,
  type NoiseStep,
  type NoisyGradient,
} from "./noise.js";
export type { NoiseOptions } from "./options.js";
export { weightedGradients } from "./outputGradients.js";
export type { NoiseProblem } from "./problem.js";
export { noiseByName, noises } from "./registry.js";
export { sde } from "./sde.js";
export { shuffledSign } from "./shuffledSign.js";
