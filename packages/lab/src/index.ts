// Runs in folders: train, resume, fork, measure, replay, on threads and processes.

export { GraphicsCardError } from "@eoss/run";
export { readAncestors } from "./folder/ancestors.js";
export { readConfigFile } from "./folder/configFile.js";
export { makeFolder, RunWriteError, writePieces, writeWhole, writing } from "./folder/durable.js";
export { isLocked } from "./folder/lock.js";
export { parseFlag } from "./folder/parseFlag.js";
export { readManifest, readRun } from "./folder/read.js";
export { type Finding, type RepairOptions, repair } from "./folder/repair.js";
export { holdsRun } from "./folder/store.js";
export { type Glimpse, type WatchOptions, watchRun } from "./folder/watch.js";
export { loadBackend } from "./machine/backend.js";
export {
  type BackendDiagnosis,
  type Diagnosis,
  diagnose,
  type NativeDiagnosis,
} from "./machine/doctor.js";
export { buildModel, findModel } from "./plugins/buildModel.js";
export {
  type DescribedOption,
  describePlugins,
  type PluginDescription,
  pluginKinds,
  settingOf,
  usageOf,
  valueText,
} from "./plugins/describePlugins.js";
export { describeQuantities, type QuantityDescription } from "./plugins/describeQuantities.js";
export { installAdvice, installed } from "./plugins/installed.js";
export { findDataset } from "./plugins/openData.js";
export { earlyEndText } from "./plugins/plugins.js";
export { verifyModel } from "./plugins/verifyModel.js";
export { coresHere, type JobCount, runsAtATime } from "./processes/cores.js";
export { type Job, type PoolOptions, trainAll } from "./processes/pool.js";
export { type BeginOptions, begin, type GivenParameters, type Network } from "./run/begin.js";
export { FORK_SETTINGS, type ForkChanges, type ForkOptions, fork } from "./run/fork.js";
export {
  MEASURE_SETTINGS,
  type MeasureAtOptions,
  type MeasuredAt,
  measureAt,
} from "./run/measureAt.js";
export type { ReplayOptions } from "./run/replay.js";
export { type ResumeChanges, resume } from "./run/resume.js";
export { RESUME_SETTINGS } from "./run/resumeSettings.js";
export { STATIC_SETTINGS, type StaticAt, type StaticAtOptions, staticAt } from "./run/staticAt.js";
export { type TrainOptions, train } from "./run/train.js";
export type { StepName } from "./run/trainerAt.js";
export { version } from "./version.js";
