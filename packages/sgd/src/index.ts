export { adam } from "./optimizers/adam.js";
export { adamw } from "./optimizers/adamw.js";
export { defineOptimizer, type UpdateInputs, type UpdateRule } from "./optimizers/define.js";
export { heavyBall } from "./optimizers/heavyBall.js";
export { nesterov } from "./optimizers/nesterov.js";
export {
  changeOptimizer,
  disposeState,
  type Optimizer,
  type OptimizerState,
  type Params,
} from "./optimizers/optimizer.js";
export type { Hyperparameters, StepOptions } from "./optimizers/options.js";
export { optimizerByName, optimizers } from "./optimizers/registry.js";
export { rmsprop } from "./optimizers/rmsprop.js";
export {
  restoreState,
  type SavedState,
  type SavedTensor,
  saveState,
} from "./optimizers/savedState.js";
export { sgd } from "./optimizers/sgd.js";
export { fullBatch } from "./samplers/fullBatch.js";
export { independentBatches } from "./samplers/independentBatches.js";
export type { Sampler } from "./samplers/sampler.js";
export { shuffledEpochs } from "./samplers/shuffledEpochs.js";
