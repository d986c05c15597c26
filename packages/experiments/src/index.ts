// Experiments of many runs: sweeps, comparisons, recipes of figures, the demo.

export { type CompareOptions, compare, type VariantComparison } from "./compare/compare.js";
export { comparedRuns, type GivenSettings } from "./compare/runs.js";
export type { SettledValue } from "./compare/settledValue.js";
export type { Variant, VariantQuantity } from "./compare/variants.js";
export { type DemoResult, demo, demoRuns } from "./demo.js";
export {
  type FigureFiles,
  type FigureFilesOptions,
  type FigureSource,
  type PrintSize,
  pixelsOf,
  runFigures,
  writeFigures,
} from "./figures/figureFiles.js";
export { staticFigures } from "./figures/staticFigures.js";
export { staticPage } from "./figures/staticPage.js";
export { type ClaimVerdict, claimVerdicts, type Measured } from "./recipes/claims/claim.js";
export type { CheckedClaim } from "./recipes/claims/registry.js";
export {
  type CostEstimate,
  estimateCost,
  type PlannedWork,
  plannedWork,
} from "./recipes/costEstimate.js";
export type { FigureRecord } from "./recipes/figureRecord.js";
export { beyondNames, figureNames } from "./recipes/load.js";
export type { MakeOptions } from "./recipes/makeRuns.js";
export { valueText } from "./recipes/page.js";
export { type ScaleName, scaleNames } from "./recipes/recipe.js";
export { type ReproduceOptions, type Reproduction, reproduce } from "./recipes/reproduce.js";
export { type CollectedRun, type Collection, collectSweep } from "./sweep/collect.js";
export {
  type MadeSweep,
  type MakeSweepOptions,
  makeSweep,
  type RunLog,
} from "./sweep/makeSweep.js";
export { poolSize } from "./sweep/poolSize.js";
export { type SweepNumbers, sweepNumbers } from "./sweep/report/numbers.js";
export { renderSweepReport } from "./sweep/report/report.js";
export { sweepFigures } from "./sweep/report/sweepFigures.js";
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
export { type SweepRunStatus, type SweepStatus, sweepStatus } from "./sweep/status.js";
export {
  holdsSweep,
  keepSpec,
  planSweep,
  readSweep,
  type Sweep,
  type SweepRun,
} from "./sweep/sweep.js";
export type { SweepProgress } from "./sweep/sweepProgress.js";
export { type TorchData, torchData, torchScript } from "./torchScript.js";
