/** What the packages of eoss above this one use of it. It may change with any release. */
export { addTrees, PairwiseSums } from "./parameters/pairwiseSums.js";
export { indexChunks, samplesPerChunk } from "./problem/chunks.js";
export { evaluated } from "./tape/evaluated.js";
