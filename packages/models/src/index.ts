export { type ActivationName, activationNames, activations } from "./activations.js";
export {
  type Architecture,
  defineModel,
  type Model,
  type ModelDefinition,
  type ModelKind,
  type ParameterSpec,
  type Params,
  type Task,
} from "./define.js";
export { type InitializationName, type InitOptions, initializations, initialize } from "./init.js";
export { mlp } from "./mlp.js";
export { modelByName, models } from "./registry.js";
