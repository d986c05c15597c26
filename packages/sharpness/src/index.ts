// Everything, with tfjs for the engine of losses that are written with its ops.
export * from "./core.js";
export { deviceProblem } from "./tfjs/device/problem.js";
export { bernsteinBound, checkNeeds, measure, staticCurve } from "./tfjs/measure.js";
export { type TfjsProblem, type TfjsUpdate, tfjsProblem } from "./tfjs/problem.js";
