// A training run as data: settings, training, records and their analysis.

export {
  comparisonsOf,
  type NamedQuantity,
  type PlannedRun,
} from "./analysis/comparison.js";
export { type ComparisonColumns, comparisonColumns } from "./analysis/comparisonColumns.js";
export { changeStepsIn, settingsIn } from "./analysis/inForce.js";
export { OpenedRun, openRun } from "./analysis/openedRun.js";
export type { Change, Regime } from "./analysis/regimes.js";
export { isSharpness, unitOf } from "./analysis/unit.js";
export type { EndReason } from "./formats/ends.js";
export { manifestOf } from "./formats/manifest.js";
export type { RunManifest, SeenPlateau } from "./formats/manifestSchema.js";
export { RUN_FORMAT_VERSION, STEP_LOSS } from "./formats/names.js";
export {
  type ParsedRecords,
  parseManifest,
  parseRecords,
  type Run,
  RunFolderError,
} from "./formats/parse.js";
export { recordOf, stepLossRecord } from "./formats/record.js";
export type { MetricRecord } from "./formats/recordSchema.js";
export { decodeSafetensors, type NamedTensors } from "./formats/safetensors.js";
export { type BackendName, backendNames } from "./settings/backendNames.js";
export { commandOf } from "./settings/command.js";
export {
  parseTrainConfig,
  type TrainConfig,
  trainFields,
  type VerifyConfig,
  verifyFields,
} from "./settings/config.js";
export { ConfigError } from "./settings/configError.js";
export type { Field, Settings } from "./settings/field.js";
export { parseGiven, parseSettings } from "./settings/parseSettings.js";
export { collapseText } from "./text/collapseText.js";
export { factorText, ratioText, thresholdText } from "./text/comparisonText.js";
export { errorKindTexts, errorTexts } from "./text/errorTexts.js";
export { duration, short, withError } from "./text/numbers.js";
export { hasCollapsed } from "./training/collapse.js";
export { Course, type CourseOptions, type ReplayedPart } from "./training/course.js";
export type { CourseEvent, RunEnd } from "./training/courseEvent.js";
export { GraphicsCardError } from "./training/graphicsCard.js";
export {
  type FollowingExecutor,
  type MeasureNowOptions,
  measureNow,
} from "./training/measureNow.js";
export type { MeasuringEstimate } from "./training/measuringEstimate.js";
export { type ModelSettings, modelFromSettings } from "./training/modelFromSettings.js";
export { planOf, thresholdOf } from "./training/plan.js";
export type { Plugins } from "./training/plugins.js";
export type { ComparedMeasurement, MeasuringNow, RunProgress } from "./training/progress.js";
export { type Position, type RunInputs, Trainer } from "./training/trainer.js";
