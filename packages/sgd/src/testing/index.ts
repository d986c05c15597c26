// Checks for optimizers of other packages: a short one, and a conformance suite.

export { checkOptimizer } from "./checkOptimizer.js";
export { checkSampler } from "./checkSampler.js";
export { checkScheduleKind, scheduleConformance } from "./checkScheduleKind.js";
export { type ConformanceOptions, type ConformanceTest, conformance } from "./conformance.js";
