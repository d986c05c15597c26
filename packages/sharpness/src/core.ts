// All but the tfjs engine: nothing here or below imports a tensor library.
export type { LoadPluginOptions } from "@eoss/rng";
export {
  CURVATURE_KINDS,
  type CurvatureKind,
  type EngineSearch,
  type EngineView,
  type IndexChunk,
  type Multiply,
  type Outputs,
  type Preconditioner,
  type Problem,
  type ReducedCurvature,
  type TangentKernel,
  type Update,
  type UpdateRule,
  type ViewOptions,
} from "./loss/engine.js";
export type { GradientCurvature, GradientRounding, LossView } from "./loss/lossView.js";
export {
  difference,
  multiply,
  norm,
  type Operator,
  type ReducedVector,
  type Space,
  squaredCosine,
  type Vector,
} from "./loss/space.js";
export type { BatchReading } from "./measuring/accumulator.js";
export { type BernsteinBound, bernsteinBound } from "./measuring/bernsteinBound.js";
export { type CadenceState, nextMeasurement } from "./measuring/cadence.js";
export type { Executor } from "./measuring/executor.js";
export { measure } from "./measuring/measure.js";
export type { MeasureOptions, MeasuringProgress } from "./measuring/measureOptions.js";
export {
  type GapFit,
  type StaticCurve,
  type StaticCurveOptions,
  type StaticPoint,
  staticCurve,
} from "./measuring/staticCurve.js";
export {
  type ComparedQuantity,
  type ComparedUpdate,
  type ComparedWith,
  comparedWith,
} from "./registry/comparedWith.js";
export { defineQuantity, QuantityContractError } from "./registry/define.js";
export type { Matrix, Over } from "./registry/matrix.js";
export { checkNeeds } from "./registry/needs.js";
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
  type ReadSetting,
  type SingleQuantity,
  type Unit,
} from "./registry/quantity.js";
export { defaultQuantities, quantities, quantityByName } from "./registry/registry.js";
export { resolveQuantity } from "./registry/resolve.js";
export type { EigenSearch, TopPairs } from "./search/eigenSearch.js";
export { type Certify, type ErrorKind, errorSentences } from "./search/errorKind.js";
export type { Drift } from "./statistics/drift.js";
export {
  errorOf,
  halfWidth,
  marginOf,
  marginOfDependentSum,
  marginOfRatio,
  marginOfSum,
  type Uncertainty,
} from "./statistics/interval.js";
export { MonteCarlo } from "./statistics/monteCarlo.js";
export {
  type Plateau,
  type PlateauOptions,
  type PlateauStatus,
  plateau,
} from "./statistics/plateau.js";
export {
  type PlateauOnset,
  type PlateauOnsetOptions,
  plateauOnset,
} from "./statistics/plateauOnset.js";
export {
  type PlateauDecision,
  type PlateauReached,
  type PlateauTest,
  plateauReached,
  plateauTestDefaults,
} from "./statistics/plateauReached.js";
export { fitPowerLaw, type PowerLawFit, type PowerLawPoint } from "./statistics/powerLaw.js";
export { ratioOfMeans } from "./statistics/ratioOfMeans.js";
export type { SeriesPoint } from "./statistics/series.js";
