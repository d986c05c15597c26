// What `@eoss/eigen` offers.

export {
  batchOrdering,
  jensenSlack,
  type MeanTopEigenvalue,
  type OrderingCheck,
} from "./bounds/batchOrdering.js";
export {
  type MatrixBernsteinInput,
  matrixBernstein,
  matrixBernsteinTail,
} from "./bounds/matrixBernstein.js";
export { katoTemple } from "./certificates/errorBounds.js";
export { randomStartBound } from "./certificates/randomStartBound.js";
export { cholesky, choleskySolve } from "./dense/cholesky.js";
export { type QrFactors, qr } from "./dense/qr.js";
export { type Schur, schur } from "./dense/schur.js";
export { type DenseSvd, svd } from "./dense/svd.js";
export {
  type DenseEigen,
  type DenseMatrix,
  symmetricEigen,
  type Tridiagonalization,
  tridiagonalize,
} from "./dense/symmetric.js";
export { tridiagonalEigen } from "./dense/tridiagonal.js";
export {
  type AsyncFunctionSolver,
  applyFunction,
  type FunctionResult,
  type FunctionSettings,
  type FunctionSolver,
} from "./functions/applyFunction.js";
export {
  type OneNormEstimator,
  type OneNormResult,
  type OneNormSettings,
  oneNorm,
} from "./functions/oneNorm.js";
export {
  conditionNumber,
  type SizeResult,
  type SizeSettings,
  spectralNorm,
} from "./functions/size.js";
export {
  type GeneralizedLanczosSettings,
  generalizedLanczos,
  generalizedLobpcg,
  type PencilPreconditioner,
} from "./generalized/generalized.js";
export type {
  AsyncPencilSolver,
  PencilData,
  PencilResult,
  PencilSolver,
} from "./generalized/pencil.js";
export { type BlockLanczosSettings, blockLanczos } from "./lanczos/blockLanczos.js";
export {
  eigenvaluesAbove,
  type ThresholdResult,
  type ThresholdSettings,
} from "./lanczos/eigenvaluesAbove.js";
export {
  eigenvaluesNear,
  type NearData,
  type NearResult,
  type NearSettings,
} from "./lanczos/eigenvaluesNear.js";
export {
  type ComplexVector,
  type HermitianSettings,
  hermitianLanczos,
} from "./lanczos/hermitian.js";
export { type LanczosSettings, lanczos } from "./lanczos/lanczos.js";
export {
  type CopiesResult,
  type CopiesSettings,
  lanczosWithCopies,
} from "./lanczos/lanczosWithCopies.js";
export { type TrackData, type TrackResult, type TrackSettings, track } from "./lanczos/track.js";
export { type CgData, cg } from "./linear/cg.js";
export {
  type AsyncLsqrSolver,
  type LsqrResult,
  type LsqrSolver,
  lsqr,
} from "./linear/lsqr.js";
export { minres } from "./linear/minres.js";
export type {
  AsyncLinearSolver,
  LinearData,
  LinearResult,
  LinearSettings,
  LinearSolver,
  LinearStatus,
} from "./linear/system.js";
export {
  type ArnoldiHistoryEntry,
  type ArnoldiResult,
  type ArnoldiSettings,
  type ArnoldiSolver,
  type ArnoldiWhich,
  type AsyncArnoldiSolver,
  arnoldi,
  type ComplexValues,
} from "./nonsymmetric/arnoldi.js";
export {
  type CompositionOptions,
  product,
  scaled,
  shifted,
  sum,
} from "./operators/algebra.js";
export { type DenseOptions, denseOperator } from "./operators/dense.js";
export { type InverseCost, type InverseOptions, inverse } from "./operators/inverse.js";
export type { LinearOperator, SyncOperator } from "./operators/operator.js";
export {
  type CsrMatrix,
  csrFromEntries,
  csrOperator,
  type EntriesOptions,
  type GivenEntries,
} from "./operators/sparse.js";
export {
  type DensitySettings,
  type SpectralDensity,
  spectralDensity,
} from "./quadrature/density.js";
export type { Derivatives, SpectralIntegral } from "./quadrature/integral.js";
export {
  denseRectangular,
  type RectangularOperator,
  type SyncRectangularOperator,
} from "./singular/rectangular.js";
export {
  type AsyncSvdsSolver,
  type SingularResult,
  type SvdsSettings,
  type SvdsSolver,
  svds,
} from "./singular/svds.js";
export { EigenError, type EigenErrorCode } from "./solver/error.js";
export { createRandom, type Random } from "./solver/random.js";
export type {
  EigenResult,
  HistoryEntry,
  ProbableBound,
  Status,
} from "./solver/result.js";
export type { SolverSettings, Which } from "./solver/settings.js";
export type { AsyncSolver, SolveData, Solver } from "./solver/solver.js";
export type { MaybePromise } from "./solver/steps.js";
export {
  type ChebyshevData,
  type ChebyshevResult,
  type ChebyshevSettings,
  chebyshevSubspace,
} from "./subspace/chebyshev.js";
export {
  type LobpcgData,
  type LobpcgResult,
  type LobpcgSettings,
  lobpcg,
} from "./subspace/lobpcg.js";
export { type PowerSettings, powerIteration } from "./subspace/power.js";
export {
  type DiagonalEstimate,
  type DiagonalEstimator,
  type DiagonalSettings,
  diagonal,
} from "./trace/diagonal.js";
export type {
  AsyncEstimator,
  Estimate,
  Estimator,
  EstimatorFactory,
  EstimatorSettings,
} from "./trace/estimate.js";
export { hutchinson } from "./trace/hutchinson.js";
export { hutchPlusPlus } from "./trace/hutchPlusPlus.js";
export { type NystromApproximation, type NystromSettings, nystrom } from "./trace/nystrom.js";
export { xtrace } from "./trace/xtrace.js";
export {
  type AsyncVectorSpace,
  float32,
  float64,
  type Recurrence,
  type VectorSpace,
} from "./vectors/space.js";
