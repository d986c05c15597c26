// What the packages of eoss above this one use of it. It may change with any release.

export { formatReport, type VerifyReport } from "@eoss/hvp";
export { describeOptions } from "@eoss/models";
export { EossError } from "@eoss/rng";
export {
  type ComparedWith,
  errorOf,
  type GapFit,
  type Matrix,
  marginOf,
  marginOfSum,
  type Plateau,
  quantities,
} from "@eoss/sharpness";
export { MATRICES, matrixOf, weakestKind } from "@eoss/sharpness/internal";
export { newestCheckpoint } from "./folder/checkpoint.js";
export { removeFile } from "./folder/durable.js";
export { hash } from "./folder/hash.js";
export { RunLock } from "./folder/lock.js";
export { readEnd, readFile } from "./folder/readFile.js";
export { recordedRun, settingsKey } from "./folder/settingsFingerprint.js";
export { type Path, SourceFile, strictKeys } from "./folder/sourceFile.js";
export { RunStore } from "./folder/store.js";
export { moduleFile } from "./plugins/importFrom.js";
export { absolutePaths, movedPath, shownModule } from "./plugins/paths.js";
export { loadedText } from "./plugins/plugins.js";
export { pluginsOf } from "./plugins/trust.js";
export { coresEach, JOB_COUNT } from "./processes/cores.js";
export { type Outcome, POOL_OPTIONS, workOff } from "./processes/pool.js";
export { RunProcess } from "./processes/runProcess.js";
export { type ProcessJob, type ProcessResult, perform } from "./processes/work.js";
export { forkConfig } from "./run/fork.js";
export { configOf } from "./run/resume.js";
export { interrupted } from "./run/yieldToEvents.js";
