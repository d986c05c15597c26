// For whoever writes an engine: its contract as tests, and a reference to compare with. For whoever writes a
// quantity: a short look at its contract.
export {
  type Bilinear,
  bilinearExample,
  curvatureOf,
  jacobianOf,
  sampleGradient,
  sampleHessian,
  sampleLoss,
} from "./bilinear.js";
export { checkQuantity } from "./checkQuantity.js";
export { engineContract } from "./engineContract.js";
export type { EngineTest, EngineUnderTest } from "./engineUnderTest.js";
export { Handle, handleSpace, Remote } from "./handles.js";
export { type ReferenceOptions, referenceProblem } from "./referenceEngine.js";
