// Everything, with tfjs for the engine of losses that are written with its ops.
export * from "./core.js";
export { chunksOf, samplesPerChunk } from "./tfjs/chunks.js";
export { bernsteinBound, checkNeeds, measure, readBatch, staticCurve } from "./tfjs/measure.js";
export {
  type SampleSet,
  type TfjsProblem,
  type TfjsUpdate,
  tfjsProblem,
} from "./tfjs/problem.js";
