export { type MeasureOptions, MIN_BATCHES, measure } from "./measure.js";
export { MonteCarlo } from "./monteCarlo.js";
export {
  type Drift,
  type Plateau,
  type PlateauOptions,
  type PlateauStatus,
  plateau,
  type SeriesPoint,
} from "./plateau.js";
export type { Problem } from "./problem.js";
export { forwardError } from "./quantities/loss.js";
export type {
  BatchQuantity,
  FullQuantity,
  MeasureContext,
  Measurement,
  MeasurementStatus,
  Quantity,
  Reading,
} from "./quantity.js";
export { quantities, quantityByName } from "./registry.js";
export { chunksOf, type LossView } from "./views.js";
