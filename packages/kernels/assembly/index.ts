/** What the module offers; memory and its allocation are those of the backend. */
export { conv, convFilter, place } from "./conv";
export { matMul, scratchBytes } from "./matMul";
export { patches } from "./patches";
export { add, sums, vectorProduct } from "./vectors";
