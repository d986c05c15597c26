export { kuczynskiWozniakowski, type RandomStartInput } from "./bounds/random-start.js";
export {
  type DenseEigen,
  type DenseMatrix,
  symmetricEigen,
  type Tridiagonalization,
  tridiagonalize,
} from "./dense/symmetric.js";
export { tridiagonalEigen } from "./dense/tridiagonal.js";
export { EigenError, type EigenErrorCode } from "./error.js";
export { type LanczosSettings, lanczos } from "./lanczos.js";
export type { LinearOperator, SyncOperator } from "./operator.js";
export { createRandom, type Random } from "./random.js";
export type { EigenResult, HistoryEntry, Progress, Status, UpperBound } from "./result.js";
export type { SolverSettings, Which } from "./settings.js";
export type { AsyncSolver, SolveData, Solver } from "./solver.js";
export { type AsyncVectorSpace, float32, float64, type VectorSpace } from "./space.js";
export type { MaybePromise } from "./steps.js";
