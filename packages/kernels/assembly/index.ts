/** What the module offers; memory and its allocation are those of the backend. */
export { conv, convFilter, place } from "./conv";
export { matMul, scratchBytes } from "./matMul";
export { maxima } from "./maxima";
export { patches } from "./patches";
export { gather, meetings, scatter, scatterDoubles } from "./places";
export { add, sums, vectorProduct } from "./vectors";
