export { type CadenceState, nextMeasurement } from "./cadence.js";
export { chunksOf, type IndexChunk, samplesPerChunk } from "./chunks.js";
export {
  type ComparedQuantity,
  type ComparedUpdate,
  type ComparedWith,
  comparedWith,
  matrixOf,
} from "./comparedWith.js";
export type { FullOperator, FullVector, ReducedOperator, ReducedVector } from "./coordinates.js";
export { checkQuantity, defineQuantity, QuantityContractError } from "./define.js";
export type { Drift } from "./drift.js";
export { eigenvalueReading } from "./eigenvalueReading.js";
export {
  CERTIFY,
  type Certify,
  ERROR_KINDS,
  type ErrorKind,
  errorSentences,
  weakestKind,
} from "./errorKind.js";
export type { Executor } from "./executor.js";
export {
  errorOf,
  halfWidth,
  MIN_BATCHES,
  marginOf,
  marginOfDependentSum,
  marginOfRatio,
  marginOfSum,
  quantile,
  type Uncertainty,
  widened,
} from "./interval.js";
export type { CurvatureKind, GradientCurvature, LossView } from "./lossView.js";
export { MATRICES, type Matrix, OVER, type Over } from "./matrix.js";
export { type MeasureOptions, measure, readBatch } from "./measure.js";
export { MIN_VALUES, MonteCarlo } from "./monteCarlo.js";
export { checkNeeds } from "./needs.js";
export { type Plateau, type PlateauOptions, type PlateauStatus, plateau } from "./plateau.js";
export {
  type PlateauDecision,
  type PlateauReached,
  type PlateauTest,
  plateauReached,
  plateauTestDefaults,
} from "./plateauReached.js";
export type { Problem, SampleSet, Update } from "./problem.js";
export {
  type BatchQuantity,
  type MeasureContext,
  type Measurement,
  type MeasurementStatus,
  type Need,
  NOT_FINITE,
  type Part,
  type Parts,
  type Quantity,
  type Reading,
  type SingleQuantity,
  UNITS,
  type Unit,
} from "./quantity.js";
export { ratioOfMeans } from "./ratio.js";
export { defaultQuantities, quantities, quantityByName } from "./registry.js";
export { type ResolveQuantityOptions, resolveQuantity } from "./resolve.js";
export { forwardError } from "./rounding.js";
export type { SeriesPoint } from "./series.js";
export { type Settled, type SettleOptions, settle } from "./settle.js";
export { type BernsteinBound, bernsteinBound } from "./static/bernsteinBound.js";
export { fitPowerLaw, type PowerLawFit, type PowerLawPoint } from "./static/powerLaw.js";
export {
  type GapFit,
  type StaticCurve,
  type StaticCurveOptions,
  type StaticPoint,
  staticCurve,
} from "./static/staticCurve.js";
export type { BatchReading } from "./tally.js";
export type {
  EigenSearch,
  SearchedOperator,
  SymmetricOperator,
  TopPairs,
} from "./topEigenvalue.js";
export { topEigenvalue, topPairs } from "./topPairs.js";
export { dot, norm, squaredCosine } from "./vectors.js";
