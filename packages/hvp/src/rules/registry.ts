/** Which rule, or which other ops, stand for a kernel. */

import { checkOptions } from "@eoss/rng/internal";
import type { Tensor } from "@tensorflow/tfjs-core";
import { UnverifiedOpError } from "../errors.js";
import { absRule } from "./abs.js";
import { addRule } from "./add.js";
import { addNRule } from "./addN.js";
import { avgPoolDecomposition } from "./avgPool.js";
import { batchNormDecomposition } from "./batchNorm.js";
import {
  batchToSpaceDecomposition,
  depthToSpaceDecomposition,
  diagDecomposition,
  spaceToBatchDecomposition,
} from "./blocks.js";
import { clipByValueRule } from "./clipByValue.js";
import {
  complexAbsDecomposition,
  complexArithmetic,
  complexRule,
  fftRule,
  ifftRule,
  imagRule,
  realRule,
  takesComplex,
} from "./complexNumbers.js";
import { concatRule, packRule } from "./concat.js";
import { channelsFirstDecomposition, conv2dRule, convFilterRule, convInputRule } from "./conv2d.js";
import {
  avgPool3dDecomposition,
  conv3dFilterRule,
  conv3dInputRule,
  conv3dRule,
  dilatedConv3dDecomposition,
  maxPool3dDecomposition,
} from "./conv3d.js";
import { cropAndResizeDecomposition } from "./cropAndResize.js";
import { cumprodDecomposition } from "./cumprod.js";
import { cumsumRule } from "./cumsum.js";
import { depthwiseDecomposition } from "./depthwise.js";
import { dilation2dDecomposition } from "./dilation2d.js";
import { divideRule, divNoNanDecomposition } from "./divide.js";
import { einsumDecomposition } from "./einsum.js";
import { eluRule } from "./elu.js";
import { erfRule } from "./erf.js";
import { expRule } from "./exp.js";
import { expm1Rule } from "./expm1.js";
import {
  fusedConv2dDecomposition,
  fusedDepthwiseDecomposition,
  fusedMatMulDecomposition,
} from "./fused.js";
import { gatherDecomposition, gatherRule, segmentSumRule } from "./gather.js";
import { coshRule, sinhRule } from "./hyperbolic.js";
import { broadcastToDecomposition, castDecomposition, castRule, identityRule } from "./identity.js";
import {
  acoshRule,
  acosRule,
  asinhRule,
  asinRule,
  atan2Rule,
  atanhRule,
  atanRule,
} from "./inverseTrigonometric.js";
import { leakyReluRule } from "./leakyRelu.js";
import { logRule } from "./log.js";
import { log1pRule } from "./log1p.js";
import { lrnDecomposition } from "./lrn.js";
import { matMulRule, sharedFactorDecomposition } from "./matMul.js";
import { maxDecomposition, minDecomposition } from "./max.js";
import { maximumDecomposition, minimumDecomposition } from "./maximum.js";
import { maxPoolDecomposition } from "./maxPool.js";
import { maxPoolWithArgmaxDecomposition } from "./maxPoolWithArgmax.js";
import { meanRule } from "./mean.js";
import { mirrorPadDecomposition } from "./mirrorPad.js";
import { modRule } from "./mod.js";
import { multiplyRule } from "./multiply.js";
import { negRule } from "./neg.js";
import { powRule } from "./pow.js";
import { preluDecomposition } from "./prelu.js";
import { prodDecomposition } from "./prod.js";
import { reciprocalRule } from "./reciprocal.js";
import { reluRule } from "./relu.js";
import { relu6Rule } from "./relu6.js";
import { expandDimsRule, reshapeRule } from "./reshape.js";
import { resizeBilinearDecomposition, resizeNearestDecomposition } from "./resize.js";
import { flipLeftRightDecomposition, reverseRule } from "./reverse.js";
import { rsqrtRule } from "./rsqrt.js";
import type { Attributes, Decomposition, GradientRule } from "./rule.js";
import {
  gatherNdRule,
  scatterNdRule,
  sparseToDenseDecomposition,
  tensorScatterUpdateDecomposition,
} from "./scatter.js";
import { selectRule } from "./select.js";
import { seluRule } from "./selu.js";
import { sigmoidRule } from "./sigmoid.js";
import { padRule, sliceRule } from "./slice.js";
import { logSoftmaxDecomposition, softmaxRule } from "./softmax.js";
import { softplusRule } from "./softplus.js";
import { splitDecomposition, unpackDecomposition } from "./split.js";
import { normDecomposition, sqrtRule } from "./sqrt.js";
import { squareRule } from "./square.js";
import { squaredDifferenceDecomposition } from "./squaredDifference.js";
import { stridedSliceDecomposition } from "./stridedSlice.js";
import { subRule } from "./sub.js";
import { sumRule } from "./sum.js";
import { tanhRule } from "./tanh.js";
import { tileRule } from "./tile.js";
import { topKDecomposition, uniqueDecomposition } from "./topK.js";
import { transposeRule } from "./transpose.js";
import { cosRule, sinRule, tanRule } from "./trigonometric.js";

const rules = new Map<string, GradientRule>(
  [
    absRule,
    acosRule,
    acoshRule,
    addNRule,
    addRule,
    asinRule,
    asinhRule,
    atan2Rule,
    atanRule,
    atanhRule,
    castRule,
    clipByValueRule,
    complexRule,
    concatRule,
    conv2dRule,
    conv3dFilterRule,
    conv3dInputRule,
    conv3dRule,
    convFilterRule,
    convInputRule,
    cosRule,
    coshRule,
    cumsumRule,
    divideRule,
    eluRule,
    erfRule,
    expRule,
    expandDimsRule,
    expm1Rule,
    fftRule,
    gatherNdRule,
    gatherRule,
    identityRule,
    ifftRule,
    imagRule,
    leakyReluRule,
    log1pRule,
    logRule,
    matMulRule,
    meanRule,
    modRule,
    multiplyRule,
    negRule,
    packRule,
    padRule,
    powRule,
    realRule,
    reciprocalRule,
    relu6Rule,
    reluRule,
    reshapeRule,
    reverseRule,
    rsqrtRule,
    scatterNdRule,
    segmentSumRule,
    selectRule,
    seluRule,
    sigmoidRule,
    sinRule,
    sinhRule,
    sliceRule,
    softmaxRule,
    softplusRule,
    sqrtRule,
    squareRule,
    subRule,
    sumRule,
    tanRule,
    tanhRule,
    tileRule,
    transposeRule,
  ].map((rule) => [rule.kernelName, rule]),
);

const decompositions = new Map<string, Decomposition>(
  [
    avgPool3dDecomposition,
    avgPoolDecomposition,
    batchNormDecomposition,
    batchToSpaceDecomposition,
    broadcastToDecomposition,
    castDecomposition,
    channelsFirstDecomposition,
    complexAbsDecomposition,
    cropAndResizeDecomposition,
    cumprodDecomposition,
    depthToSpaceDecomposition,
    depthwiseDecomposition,
    diagDecomposition,
    dilatedConv3dDecomposition,
    dilation2dDecomposition,
    divNoNanDecomposition,
    einsumDecomposition,
    flipLeftRightDecomposition,
    fusedConv2dDecomposition,
    fusedDepthwiseDecomposition,
    fusedMatMulDecomposition,
    gatherDecomposition,
    logSoftmaxDecomposition,
    lrnDecomposition,
    maxDecomposition,
    maxPool3dDecomposition,
    maxPoolDecomposition,
    maxPoolWithArgmaxDecomposition,
    maximumDecomposition,
    minDecomposition,
    minimumDecomposition,
    mirrorPadDecomposition,
    preluDecomposition,
    normDecomposition,
    prodDecomposition,
    resizeBilinearDecomposition,
    resizeNearestDecomposition,
    sharedFactorDecomposition,
    spaceToBatchDecomposition,
    sparseToDenseDecomposition,
    splitDecomposition,
    squaredDifferenceDecomposition,
    stridedSliceDecomposition,
    tensorScatterUpdateDecomposition,
    topKDecomposition,
    uniqueDecomposition,
    unpackDecomposition,
  ].map((decomposition) => [decomposition.kernelName, decomposition]),
);

/** Kernels whose derivative is zero wherever it exists: their results count as constants. */
const piecewiseConstant = new Set([
  "All",
  "Any",
  "ArgMax",
  "ArgMin",
  "BitwiseAnd",
  "Ceil",
  "Equal",
  "Floor",
  "FloorDiv",
  "Greater",
  "GreaterEqual",
  "IsFinite",
  "IsInf",
  "IsNan",
  "Less",
  "LessEqual",
  "LogicalAnd",
  "LogicalNot",
  "LogicalOr",
  "LogicalXor",
  "Multinomial",
  "NonMaxSuppressionV3",
  "NonMaxSuppressionV4",
  "NotEqual",
  "OneHot",
  "OnesLike",
  "Round",
  "SearchSorted",
  "Sign",
  "Step",
  "ZerosLike",
]);

/**
 * Ops of tfjs that wrap a composition of ordinary ops in a custom gradient, only to compute the
 * first derivative in another way. What is inside can be differentiated as it stands.
 */
const ownCustomGradients = new Set([
  "fusedConv2d",
  "fusedDepthwiseConv2d",
  "fusedMatMul",
  "logSigmoid",
  "logSoftmax",
  "softmaxCrossEntropy",
]);

/**
 * Adds a rule for a kernel, or replaces ours. The rule vouches for second derivatives: it must be
 * written with tfjs ops that have rules, never read tensor data, and never use custom gradients.
 * `checkRule` of `@eoss/hvp/testing` puts it to the test.
 *
 * @throws RangeError for a part that a rule does not have; TypeError for one that it lacks
 */
export function registerRule(rule: GradientRule | Decomposition): void {
  const known = "gradient" in rule ? ["saveInputs", "saveOutput", "gradient"] : ["decompose"];
  checkOptions("registerRule", rule, ["kernelName", ...known]);
  const body: unknown = "gradient" in rule ? rule.gradient : rule.decompose;
  if (typeof rule.kernelName !== "string" || typeof body !== "function") {
    throw new TypeError("a rule has kernelName, a text, and gradient or decompose, a function");
  }
  if ("gradient" in rule) {
    rules.set(rule.kernelName, rule);
    decompositions.delete(rule.kernelName);
  } else decompositions.set(rule.kernelName, rule);
}

export function ruleFor(kernelName: string): GradientRule | undefined {
  return rules.get(kernelName);
}

export function decompositionOf(kernelName: string): Decomposition | undefined {
  return decompositions.get(kernelName);
}

/**
 * A kernel call as a composition of others.
 *
 * @returns undefined where it is recorded as it is
 * @throws UnverifiedOpError for complex numbers in a kernel whose rule is that of real ones
 */
export function decompose(
  kernelName: string,
  inputs: Readonly<Record<string, Tensor>>,
  attrs: Attributes,
): Tensor | Tensor[] | undefined {
  if (Object.values(inputs).some((input) => input?.dtype === "complex64")) {
    const arithmetic = complexArithmetic[kernelName];
    if (arithmetic) return arithmetic(inputs.a!, inputs.b!);
    if (!takesComplex.has(kernelName)) {
      throw new UnverifiedOpError(`${kernelName} of complex numbers`, "");
    }
  }
  return decompositionOf(kernelName)?.decompose(inputs, attrs);
}

/** Names of the kernels that are differentiated rightly to second order. */
export function verifiedKernels(): string[] {
  return [...new Set([...rules.keys(), ...decompositions.keys()])].sort();
}

export function isPiecewiseConstant(kernelName: string, attrs?: Record<string, unknown>): boolean {
  if (kernelName === "Cast") return attrs?.dtype !== "float32" && attrs?.dtype !== "complex64";
  return piecewiseConstant.has(kernelName);
}

/** @param op the tfjs op that is running a custom gradient */
export function isOwnCustomGradient(op: string): boolean {
  return ownCustomGradients.has(op);
}
