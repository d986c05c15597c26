export {
  disposeState,
  type Optimizer,
  type OptimizerState,
  type Params,
  type StepOptions,
} from "./optimizers/optimizer.js";
export { sgd } from "./optimizers/sgd.js";
export { fullBatch } from "./samplers/fullBatch.js";
export { independentBatches } from "./samplers/independentBatches.js";
export type { Sampler } from "./samplers/sampler.js";
export { shuffledEpochs } from "./samplers/shuffledEpochs.js";
