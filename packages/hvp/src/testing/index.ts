// What `@eoss/hvp/testing` offers.

export { checkLoss } from "./checkLoss.js";
export { checkRule, type RuleCheck, RuleCheckError, type RuleReport } from "./checkRule.js";
export { type DifferenceOptions, type DifferenceQuotient, differentiate } from "./differences.js";
export { type Sample, sample, values } from "./sample.js";
