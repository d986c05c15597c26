export { constant } from "./constant.js";
export { UnverifiedOpError } from "./errors.js";
export { gradient, type Linearization, linearize } from "./linearize.js";
export { crossEntropy, type LossHead, type LossName, losses, mse } from "./losses/index.js";
export {
  type HessianOperator,
  type HessianOptions,
  hessian,
  type LossChunk,
} from "./operators/hessian.js";
export { meanGradient } from "./operators/meanGradient.js";
export {
  disposeTree,
  flatten,
  layoutOf,
  mapTree,
  type ParameterLayout,
  type ParameterTree,
  unflatten,
} from "./parameters.js";
export type { GradientRule, RuleNode } from "./rule.js";
export { registerRule, verifiedKernels } from "./rules/registry.js";
