/** What the packages of eoss above this one use of it. It may change with any release. */
export { blockMeans, thin } from "./analysis/series.js";
export { END_REASONS, INITIAL_FILE, isOver, type RecordsMark } from "./formats/format.js";
export { parseRecord } from "./formats/parse.js";
export { encodeSafetensors } from "./formats/safetensors.js";
export { importCommandOf, quoted } from "./settings/command.js";
export { isTooDeep } from "./settings/depth.js";
export { issueText } from "./settings/issueText.js";
export { brief, cut } from "./settings/shortText.js";
export { secondsOf } from "./settings/timeLimit.js";
export { compact, integer } from "./text/numbers.js";
export { measuredNames } from "./training/measuredNames.js";
export { measureOptions } from "./training/measureNow.js";
export { plateauRule } from "./training/plateauWatch.js";
export { ProgressMeter } from "./training/progress.js";
export { staticOptions } from "./training/staticOptions.js";
export { stops } from "./training/stopRules.js";
export { initialParams } from "./training/trainer.js";
export { batchTensors } from "./training/trainingProblem.js";
