// What the packages of eoss above this one share; promised to nobody else.

export { byName } from "./byName.js";
export {
  checkChoice,
  checkOptions,
  type Fault,
  namesOf,
  requireStream,
  shown,
} from "./checks.js";
export { checkTableDefinition, SCHEMA_PARTS, TABLE_PARTS } from "./definition.js";
export { floatsOf, jsonFloats } from "./jsonFloats.js";
export { nearest } from "./nearest.js";
export { optionNames } from "./optionNames.js";
export {
  checkOption,
  completeOptions,
  fraction,
  nonNegative,
  nonNegativeInteger,
  type OptionDomain,
  type OptionTable,
  type OptionValue,
  oneOf,
  positive,
  positiveInteger,
} from "./optionTable.js";
export {
  checkPlugin,
  type ImportModule,
  isForeign,
  type LoadPluginOptions,
  namedRule,
  type PluginKind,
  resolvePlugin,
  schemaRule,
} from "./plugin.js";
export { systemErrorWords } from "./systemErrors.js";
export {
  abortSignal,
  callback,
  checkTypedOptions,
  flag,
  list,
  lookedAtLater,
  needed,
  number,
  type OptionDomains,
  record,
  text,
  withMethods,
} from "./typedOptions.js";
export { watchingRandom, watchingRandomUntil } from "./watchingRandom.js";
