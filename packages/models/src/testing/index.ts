export { checkModel } from "./checkModel.js";
export { type ConformanceOptions, type ConformanceTest, conformance } from "./conformance.js";
