// Samplers, optimizers, schedules and plans of SGD.

export type { LoadPluginOptions } from "@eoss/rng";
export { adam } from "./optimizers/adam.js";
export { adamw } from "./optimizers/adamw.js";
export { blockDescent } from "./optimizers/blockDescent.js";
export {
  loadOptimizer,
  OptimizerContractError,
} from "./optimizers/contract.js";
export { defineOptimizer } from "./optimizers/define.js";
export type { OptimizerDefinition, UpdateInputs } from "./optimizers/definition.js";
export { heavyBall } from "./optimizers/heavyBall.js";
export { muon } from "./optimizers/muon.js";
export { nesterov } from "./optimizers/nesterov.js";
export { normalizedDescent } from "./optimizers/normalizedDescent.js";
export {
  changeOptimizer,
  disposeState,
  type Optimizer,
  type OptimizerState,
  type Params,
} from "./optimizers/optimizer.js";
export type {
  Hyperparameters,
  OptionDomain,
  OptionValue,
  StepOptions,
} from "./optimizers/options.js";
export { optimizerByName, optimizers } from "./optimizers/registry.js";
export { rmsprop } from "./optimizers/rmsprop.js";
export { sam } from "./optimizers/sam.js";
export {
  restoreState,
  type SavedState,
  type SavedTensor,
  saveState,
  saveStateLater,
} from "./optimizers/savedState.js";
export { sgd } from "./optimizers/sgd.js";
export { signDescent } from "./optimizers/signDescent.js";
export { spectralDescent } from "./optimizers/spectralDescent.js";
export type { NoThreshold, Threshold, ThresholdRule } from "./optimizers/threshold.js";
export {
  type DeclaredThreshold,
  type DeclaredTraits,
  declaredTraits,
  type OptimizerTraits,
  traitsFrom,
} from "./optimizers/traits.js";
export { loadSampler } from "./samplers/contract.js";
export {
  defineSampler,
  SamplerContractError,
  type SamplerDefinition,
  type SamplerFactory,
  type SamplerKind,
  type SamplerOptions,
} from "./samplers/define.js";
export { fixedBatches } from "./samplers/fixedBatches.js";
export { fullBatch } from "./samplers/fullBatch.js";
export { independentBatches } from "./samplers/independentBatches.js";
export {
  type DescribedSampler,
  type SamplerChoice,
  samplerByName,
  samplerNames,
  samplers,
} from "./samplers/registry.js";
export type { Batches, Sampler } from "./samplers/sampler.js";
export { scheduledBatches } from "./samplers/scheduledBatches.js";
export { type ShuffledEpochsOptions, shuffledEpochs } from "./samplers/shuffledEpochs.js";
export { withReplacement } from "./samplers/withReplacement.js";
export { changesOf } from "./schedules/changes.js";
export { checkIntervention, checkPlan } from "./schedules/check.js";
export {
  batchSizes,
  checkSchedule,
  learningRates,
  type ValueDomain,
} from "./schedules/checkSchedule.js";
export { loadSchedule } from "./schedules/contract.js";
export {
  defineSchedule,
  type ScheduleContext,
  ScheduleContractError,
  type ScheduleDefinition,
  type ScheduleKind,
  type ScheduleOptions,
} from "./schedules/define.js";
export {
  batchSizeSchedule,
  type Intervention,
  learningRateSchedule,
  type OptimizerSettings,
  resolvePlateaus,
  settingsAt,
  type TrainingPlan,
  type TrainingSettings,
} from "./schedules/plan.js";
export { type DescribedSchedule, schedules } from "./schedules/registry.js";
export {
  batchSizeAt,
  type ConstantSchedule,
  type RampSchedule,
  type Schedule,
  type StepsSchedule,
  type TableSchedule,
  valueAt,
  type WarmUpSchedule,
} from "./schedules/schedule.js";
export { tabulate } from "./schedules/tabulate.js";
