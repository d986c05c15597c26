// Figures and pages of training runs, from data alone.

export { comparisonFigureSvg } from "./figures/comparisonFigure.js";
export { DARK, LIGHT, type Palette } from "./figures/palette.js";
export { evenLabels, readableSpan } from "./figures/ticks.js";
export { type ReportOptions, renderReport } from "./page/report.js";
export { csv, csvLine } from "./text/csv.js";
export { WATCHING_SETTINGS } from "./text/labels.js";
export { driftText, levelText, meanText, trendText, windowText } from "./text/levelText.js";
export { markdownTable } from "./text/markdownTable.js";
export { quantityColumns } from "./text/quantityColumns.js";
export { type QuantitySummary, type RunSummary, summarize } from "./text/summary.js";
