// What the packages of eoss above this one use of it. It may change with any release.
export { type DeviceNtk, ntkOnDevice } from "./operators/deviceNtk.js";
export {
  type DeviceOperator,
  fisherOnDevice,
  gaussNewtonOnDevice,
  hessianOnDevice,
} from "./operators/deviceOperator.js";
export { joined, parted, readLater } from "./parameters/deviceVectors.js";
export { readsLater } from "./parameters/entries.js";
export { addTrees, PairwiseSums } from "./parameters/pairwiseSums.js";
export { batchGradientLater } from "./problem/batchGradient.js";
export { indexChunks, samplesPerChunk } from "./problem/chunks.js";
export { evaluated } from "./tape/evaluated.js";
