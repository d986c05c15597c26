// What `@eoss/kernels/native` offers, in Node alone.
export type { Blas } from "./blas.js";
export { type BlasOptions, loadBlas } from "./loadBlas.js";
