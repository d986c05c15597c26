// Checks for data sets of other packages.

export { type ConformanceOptions, type ConformanceTest, conformance } from "./conformance.js";
