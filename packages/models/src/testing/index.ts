// Checks for networks of other packages: a report, and a conformance suite.

export { checkBuild, checkModel } from "./checkModel.js";
export { type ConformanceOptions, type ConformanceTest, conformance } from "./conformance.js";
