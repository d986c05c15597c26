// Networks by name, and the contract by which others are added.

export type { LoadPluginOptions } from "@eoss/rng";
export { type ActivationName, activationNames, activations } from "./activations.js";
export { cnn } from "./cnn.js";
export { ModelContractError } from "./contract.js";
export {
  type Architecture,
  architecture,
  defineModel,
  type Model,
  type ModelDefinition,
  type ModelKind,
  type ParameterSpec,
  type Params,
  type Task,
} from "./define.js";
export {
  type DiagonalLinearSharpness,
  diagonalLinear,
  diagonalLinearSharpness,
} from "./diagonalLinear.js";
export { type InitializationName, type InitOptions, initializations, initialize } from "./init.js";
export { linear } from "./linear.js";
export { loadModel } from "./load.js";
export { mlp, mlpL } from "./mlp.js";
export { describeOptions, type OptionDescription } from "./options.js";
export { modelByName, models } from "./registry.js";
export { resnet10 } from "./resnet.js";
export { transformer } from "./transformer.js";
export { vgg } from "./vgg.js";
