/**
 * What of a run needs neither files nor threads nor Node: settings, the training itself, its
 * measurements and records, and the texts of a run folder.
 */
export { readArchive } from "./archive.js";
export { commandOf } from "./command.js";
export {
  type Field,
  parseSettings,
  parseTrainConfig,
  type TrainConfig,
  trainFields,
} from "./config.js";
export { ConfigError } from "./configError.js";
export { type ModelSettings, modelFromSettings } from "./modelFromSettings.js";
export { planOf } from "./plan.js";
export { withError } from "./report/numbers.js";
export { DARK, LIGHT, type Palette } from "./report/palette.js";
export { evenLabels, readableSpan } from "./report/ticks.js";
export { hasCollapsed } from "./run/collapse.js";
export { collapseText } from "./run/collapseText.js";
export { type Course, comparisonsOf, type NamedQuantity } from "./run/comparison.js";
export { factorText, ratioText, thresholdText } from "./run/comparisonText.js";
export {
  type EndReason,
  type MetricRecord,
  RUN_FORMAT_VERSION,
  type RunManifest,
} from "./run/format.js";
export { settingsIn } from "./run/inForce.js";
export { manifestOf } from "./run/manifest.js";
export { measureNow } from "./run/measureNow.js";
export { type ParsedRecords, parseManifest, parseRecords, RunFolderError } from "./run/parse.js";
export { recordOf, stepLossRecord } from "./run/record.js";
export { type Position, type Task, Trainer } from "./run/trainer.js";
