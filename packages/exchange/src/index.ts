// Run folders for other programs: tables, SQL, exports and imports.

export {
  type Exported,
  type ExportFormat,
  type ExportOptions,
  exportFormats,
  exportRuns,
} from "./export/exportRuns.js";
export { TensorBoardLog } from "./export/tensorboard/log.js";
export { type Imported, type ImportOptions, importWeights } from "./import/importWeights.js";
export { type Layout, layouts } from "./import/layout.js";
export {
  type ImportedResults,
  type ImportResultsOptions,
  importResults,
} from "./import/results/importResults.js";
export type { ResultsSettings } from "./import/results/settings.js";
export { type QueryResult, query, type StreamedAnswer, streamQuery } from "./query/query.js";
export { describeRun, type RunDescription } from "./runs/describeRun.js";
export { findRuns } from "./runs/findRuns.js";
export {
  flatRows,
  type LastValue,
  type RowQuantity,
  type RunRow,
  type RunTable,
  runTable,
} from "./table/runTable.js";
