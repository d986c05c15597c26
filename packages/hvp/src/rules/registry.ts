import type { GradientRule } from "../rule.js";
import { addRule } from "./add.js";
import { divideRule } from "./divide.js";
import { expRule } from "./exp.js";
import { castRule, identityRule } from "./identity.js";
import { logRule } from "./log.js";
import { matMulRule } from "./matMul.js";
import { meanRule } from "./mean.js";
import { multiplyRule } from "./multiply.js";
import { negRule } from "./neg.js";
import { reluRule } from "./relu.js";
import { expandDimsRule, reshapeRule } from "./reshape.js";
import { squareRule } from "./square.js";
import { subRule } from "./sub.js";
import { sumRule } from "./sum.js";
import { tanhRule } from "./tanh.js";
import { tileRule } from "./tile.js";
import { transposeRule } from "./transpose.js";

const rules = new Map<string, GradientRule>(
  [
    addRule,
    castRule,
    divideRule,
    expandDimsRule,
    expRule,
    identityRule,
    logRule,
    matMulRule,
    meanRule,
    multiplyRule,
    negRule,
    reluRule,
    reshapeRule,
    squareRule,
    subRule,
    sumRule,
    tanhRule,
    tileRule,
    transposeRule,
  ].map((rule) => [rule.kernelName, rule]),
);

/** Kernels whose derivative is zero wherever it exists: their results count as constants. */
const piecewiseConstant = new Set([
  "ArgMax",
  "ArgMin",
  "Ceil",
  "Equal",
  "Floor",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "LogicalAnd",
  "LogicalNot",
  "LogicalOr",
  "NotEqual",
  "OneHot",
  "OnesLike",
  "Round",
  "Sign",
  "Step",
  "ZerosLike",
]);

/**
 * Adds a rule for a kernel, or replaces ours. The rule vouches for second derivatives: it must be
 * written with tfjs ops that have rules, never read tensor data, and never use custom gradients.
 */
export function registerRule(rule: GradientRule): void {
  rules.set(rule.kernelName, rule);
}

export function ruleFor(kernelName: string): GradientRule | undefined {
  return rules.get(kernelName);
}

/** Names of the kernels with a verified rule. */
export function verifiedKernels(): string[] {
  return [...rules.keys()].sort();
}

export function isPiecewiseConstant(kernelName: string, attrs?: Record<string, unknown>): boolean {
  if (kernelName === "Cast") return attrs?.dtype !== "float32";
  // `step` with a slope on the negative side is not constant there.
  if (kernelName === "Step") return (attrs?.alpha ?? 0) === 0;
  return piecewiseConstant.has(kernelName);
}
