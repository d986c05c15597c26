// What `@eoss/hvp` offers.

export type { LoadPluginOptions } from "@eoss/rng";
export { type Jacobian, jacobian } from "./derivatives/jacobian.js";
export { gradient, type Linearization, linearize } from "./derivatives/linearize.js";
export { UnrepeatableLossError } from "./derivatives/repeatable.js";
export { CapturedParameterError, UnverifiedOpError } from "./errors.js";
export { type LayersFunction, type LayersModelLike, layersModel } from "./layers/layersModel.js";
export {
  defineLoss,
  type LossDefinition,
  type LossKind,
  type LossOptions,
  type LossTargets,
} from "./losses/define.js";
export {
  binaryCrossEntropy,
  crossEntropy,
  type IndexedRandom,
  type Likelihood,
  type LossHead,
  type LossName,
  lossByName,
  losses,
  mse,
} from "./losses/index.js";
export {
  LossContractError,
  loadLoss,
  lossKindByName,
  lossKinds,
} from "./losses/kinds.js";
export { type ChunkRange, chunkRanges } from "./operators/chunks.js";
export {
  type DenseGradientMomentsOptions,
  denseGradientMoments,
  type MeanLossChunk,
} from "./operators/denseGradientMoments.js";
export { type FisherKind, type FisherOptions, fisher } from "./operators/fisher.js";
export { type GaussNewtonOptions, gaussNewton } from "./operators/gaussNewton.js";
export {
  type GradientMoments,
  gradientMoments,
  type PerSampleOptions,
  perSampleGradients,
} from "./operators/gradientMoments.js";
export {
  type HessianOperator,
  type HessianOptions,
  hessian,
  type LossChunk,
} from "./operators/hessian.js";
export { meanGradient } from "./operators/meanGradient.js";
export { type NtkOperator, type NtkOptions, ntk } from "./operators/ntk.js";
export type { CurvatureOperator, OperatorOptions } from "./operators/operator.js";
export type { OutputChunk } from "./operators/outputs.js";
export { layerBlocks } from "./parameters/blocks.js";
export {
  disposeTree,
  flatten,
  layoutOf,
  mapTree,
  type ParameterLayout,
  type ParameterTree,
  type TensorsOf,
  unflatten,
} from "./parameters/parameters.js";
export { batchGradient } from "./problem/batchGradient.js";
export { lossChunks } from "./problem/chunks.js";
export type { LossProblem, SampleSet } from "./problem/problem.js";
export type { DualOptions, GaussNewtonDual } from "./reduce/gaussNewtonDual.js";
export type { ParameterSpan } from "./reduce/parameterSpan.js";
export { registerRule, verifiedKernels } from "./rules/registry.js";
export type { Decomposition, GradientRule, RuleNode } from "./rules/rule.js";
export { constant } from "./tape/constant.js";
export type { Doubt } from "./verify/differences.js";
export type { Differentiator } from "./verify/differentiator.js";
export type { Composition } from "./verify/gaussNewton.js";
export {
  type Comparison,
  formatReport,
  type OpReport,
  type TensorReport,
  type Verdict,
  type VerifyReport,
} from "./verify/report.js";
export { type VerifyOptions, verify } from "./verify/verify.js";
