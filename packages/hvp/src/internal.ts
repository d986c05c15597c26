/** What the packages of eoss above this one use of it. It may change with any release. */
export { indexChunks, samplesPerChunk } from "./problem/chunks.js";
