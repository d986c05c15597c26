export { formatReport, type VerifyReport } from "@eoss/hvp";
export { describeOptions } from "@eoss/models";
export {
  type ComparedWith,
  errorOf,
  type GapFit,
  MATRICES,
  type Matrix,
  marginOf,
  marginOfSum,
  matrixOf,
  type Plateau,
  quantities,
  weakestKind,
} from "@eoss/sharpness";
export { readArchive } from "./archive.js";
export { loadBackend } from "./backend.js";
export { type BackendName, backendNames } from "./backendNames.js";
export { buildModel, findModel } from "./buildModel.js";
export { commandOf } from "./command.js";
export { type CompareOptions, type Comparison, compare } from "./compare/compare.js";
export type { Level } from "./compare/level.js";
export { comparedRuns, type GivenSettings } from "./compare/runs.js";
export type { ComparedQuantity, Variant } from "./compare/variants.js";
export {
  type Field,
  parseGiven,
  parseSettings,
  parseTrainConfig,
  type Settings,
  type TrainConfig,
  trainFields,
  type VerifyConfig,
  verifyFields,
} from "./config.js";
export { ConfigError } from "./configError.js";
export { readConfigFile } from "./configFile.js";
export { coresHere, runsAtATime } from "./cores.js";
export { csv, csvLine } from "./csv.js";
export { type DemoResult, demo, demoRuns } from "./demo.js";
export { describeQuantities, type QuantityDescription } from "./describeQuantities.js";
export { type BackendDiagnosis, type Diagnosis, diagnose } from "./doctor.js";
export { installAdvice, installed } from "./installed.js";
export { markdownTable } from "./markdownTable.js";
export type { ModelSettings } from "./modelFromSettings.js";
export { parseFlag } from "./parseFlag.js";
export { thresholdOf } from "./plan.js";
export { earlyEndText } from "./plugins.js";
export type { Measured, Verdict } from "./recipes/claims/claim.js";
export type { CheckedClaim } from "./recipes/claims/registry.js";
export type { FigureRecord } from "./recipes/figureRecord.js";
export { beyondNames, figureNames } from "./recipes/load.js";
export type { MakeOptions } from "./recipes/makeRuns.js";
export { type Estimate, estimate, type Outlook, outlook } from "./recipes/outlook.js";
export { valueText } from "./recipes/page.js";
export { type ScaleName, scaleNames } from "./recipes/recipe.js";
export { type ReproduceOptions, type Reproduction, reproduce } from "./recipes/reproduce.js";
export { comparisonFigureSvg } from "./report/comparisonFigure.js";
export { readAncestors } from "./report/family.js";
export { WATCHING_SETTINGS } from "./report/labels.js";
export { driftText, levelText, meanText, trendText, windowText } from "./report/levelText.js";
export { duration, short, withError } from "./report/numbers.js";
export { type ReportOptions, renderReport } from "./report/report.js";
export { type SweepNumbers, sweepNumbers } from "./report/sweep/numbers.js";
export { renderSweepReport } from "./report/sweep/report.js";
export type { StepName } from "./run/atStep.js";
export { type BeginOptions, begin, type GivenParameters, type Network } from "./run/begin.js";
export { collapseText } from "./run/collapseText.js";
export { type Course, comparisonsOf, type NamedQuantity } from "./run/comparison.js";
export { type ComparisonColumns, comparisonColumns } from "./run/comparisonColumns.js";
export { factorText, ratioText, thresholdText } from "./run/comparisonText.js";
export { makeFolder, RunWriteError, writePieces, writeWhole, writing } from "./run/durable.js";
export { errorKindTexts, errorTexts } from "./run/errorTexts.js";
export { FORK_SETTINGS, type ForkChanges, type ForkOptions, fork } from "./run/fork.js";
export type { EndReason, MetricRecord, RunManifest, SeenPlateau } from "./run/format.js";
export { changeStepsIn, settingsIn } from "./run/inForce.js";
export { isLocked } from "./run/lock.js";
export {
  MEASURE_SETTINGS,
  type MeasureAtOptions,
  type MeasuredAt,
  measureAt,
} from "./run/measureAt.js";
export { RunFolderError } from "./run/parse.js";
export { type Job, type PoolOptions, trainAll } from "./run/pool.js";
export type { ComparedMeasurement, Progress } from "./run/progress.js";
export { quantityColumns } from "./run/quantityColumns.js";
export { type Run, readManifest, readRun } from "./run/read.js";
export { type Finding, type RepairOptions, repair } from "./run/repair.js";
export type { ReplayOptions } from "./run/replay.js";
export { type ResumeChanges, resume } from "./run/resume.js";
export { RESUME_SETTINGS } from "./run/resumeSettings.js";
export { decodeSafetensors, type NamedTensors } from "./run/safetensors.js";
export { STATIC_SETTINGS, type StaticAt, type StaticAtOptions, staticAt } from "./run/staticAt.js";
export { holdsRun } from "./run/store.js";
export { type QuantitySummary, type RunSummary, summarize } from "./run/summary.js";
export { type TrainOptions, train } from "./run/train.js";
export { isSharpness, unitOf } from "./run/unit.js";
export { type Glimpse, type WatchOptions, watchRun } from "./run/watch.js";
export { type CollectedRun, type Collection, collectSweep } from "./sweep/collect.js";
export { type MadeSweep, type MakeSweepOptions, makeSweep } from "./sweep/makeSweep.js";
export type { SweepProgress } from "./sweep/meter.js";
export { poolSize } from "./sweep/poolSize.js";
export {
  isEnded,
  type RunFailure,
  type RunState,
  type RunStateName,
  stateOf,
} from "./sweep/runState.js";
export { parseShard, type Shard, shardOf } from "./sweep/shard.js";
export { cancelSweep } from "./sweep/slurm/cancel.js";
export type { SlurmSettings } from "./sweep/slurm/settings.js";
export {
  planSubmission,
  type SubmissionPlan,
  type SubmitOptions,
  type Submitted,
  submitSweep,
} from "./sweep/slurm/submit.js";
export { makeTask } from "./sweep/slurm/task.js";
export { type RunStatus, type SweepStatus, sweepStatus } from "./sweep/status.js";
export {
  holdsSweep,
  keepSpec,
  planSweep,
  readSweep,
  type Sweep,
  type SweepRun,
} from "./sweep/sweep.js";
export { verifyModel } from "./verifyModel.js";
export { version } from "./version.js";
