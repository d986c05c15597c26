// What the packages of eoss above this one use of it. It may change with any release.

export { plannedText } from "./analysis/comparison.js";
export {
  namedNumbers,
  numbersOf,
  type PartNumber,
  SPECTRUM_PARTS,
  type Spectrum,
  spectrumOf,
} from "./analysis/parts.js";
export { blockMeans, thin } from "./analysis/series.js";
export { traitsOf } from "./analysis/traits.js";
export { END_REASONS, isOver, metGoal } from "./formats/ends.js";
export { declaredIn } from "./formats/manifest.js";
export type { RecordsMark } from "./formats/manifestSchema.js";
export { INITIAL_FILE, RUN_FORMAT } from "./formats/names.js";
export { parseRecord } from "./formats/parse.js";
export { encodeSafetensors } from "./formats/safetensors.js";
export { augmentationText, augmentSetting } from "./settings/augmentSetting.js";
export { importCommandOf, quoted } from "./settings/command.js";
export { isTooDeep } from "./settings/depth.js";
export { idleSettings } from "./settings/effects.js";
export { explained } from "./settings/explained.js";
export {
  foreignNames,
  TRAINING_KINDS,
  type TrainingKind,
  withoutSetting,
} from "./settings/foreignNames.js";
export { issueText } from "./settings/issueText.js";
export { checkLikelihood, lossSetting } from "./settings/lossSetting.js";
export { nameAndOptions, numberOrText } from "./settings/nameValuePairs.js";
export { noiseSetting } from "./settings/noiseSetting.js";
export { settingValue } from "./settings/parseSettings.js";
export { isDueForAll, measurementsIn } from "./settings/rhythm.js";
export { samplerSetting } from "./settings/samplerSetting.js";
export { SEED_SETTINGS, seedOf } from "./settings/seeds.js";
export { cut, shortJson } from "./settings/shortText.js";
export { secondsOf } from "./settings/timeLimit.js";
export { incompleteText } from "./text/incompleteText.js";
export { compact, integer } from "./text/numbers.js";
export { checkTargets, networkTask } from "./training/dataTask.js";
export {
  type AdapterInfo,
  type CardAdvice,
  type CardBackend,
  cardOf,
  cardVersions,
  checkCardHolds,
  type GraphicsCard,
  guardReads,
} from "./training/graphicsCard.js";
export { measuredNames, recordedName } from "./training/measuredNames.js";
export { measureOptions } from "./training/measureNow.js";
export { measuringEstimate } from "./training/measuringEstimate.js";
export { PlateauWatch, plateauRule } from "./training/plateauWatch.js";
export { ProgressMeter } from "./training/progress.js";
export { staticOptions } from "./training/staticOptions.js";
export { stops } from "./training/stopRules.js";
export { initialParams } from "./training/trainer.js";
export { batchTensors } from "./training/trainingProblem.js";
