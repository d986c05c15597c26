// What the packages of eoss above this one use of it. It may change with any release.
export { forwardError } from "./loss/rounding.js";
export { measureAsked } from "./measuring/measure.js";
export { checkAsked } from "./registry/asked.js";
export { matrixOf } from "./registry/comparedWith.js";
export { MATRICES, OVER } from "./registry/matrix.js";
export { UNITS } from "./registry/quantity.js";
export { CERTIFY, ERROR_KINDS, weakestKind } from "./search/errorKind.js";
export { MIN_BATCHES, quantile, widened } from "./statistics/interval.js";
export { readBatch } from "./tfjs/measure.js";
