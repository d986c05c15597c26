export type { Drift } from "./drift.js";
export { type MeasureOptions, MIN_BATCHES, measure } from "./measure.js";
export { MonteCarlo } from "./monteCarlo.js";
export { type Plateau, type PlateauOptions, type PlateauStatus, plateau } from "./plateau.js";
export {
  type PlateauDecision,
  type PlateauReached,
  type PlateauTest,
  plateauReached,
  plateauTestDefaults,
} from "./plateauReached.js";
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
export type { SeriesPoint } from "./series.js";
export { chunksOf, type LossView } from "./views.js";
