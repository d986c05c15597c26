import { byName } from "@eoss/rng/internal";
import { accuracy, testAccuracy } from "../quantities/accuracy.js";
import { alignment, fullAlignment } from "../quantities/alignment.js";
import { centralFlowAmplitude, oscillationAmplitude } from "../quantities/centralFlow.js";
import { contraction } from "../quantities/contraction.js";
import { batchCriticalSharpness, criticalSharpness } from "../quantities/criticalSharpness.js";
import { batchDensity, density } from "../quantities/density.js";
import { distance } from "../quantities/distance.js";
import { empiricalFisher, fisher, fullEmpiricalFisher, fullFisher } from "../quantities/fisher.js";
import { fullbs } from "../quantities/fullbs.js";
import { gap } from "../quantities/gap.js";
import { fullGaussNewton, gaussNewton } from "../quantities/gaussNewton.js";
import { gni, interactionSharpness } from "../quantities/gni.js";
import { gradientNoise, gradientNoiseTop } from "../quantities/gradientNoise.js";
import { gradientNorm } from "../quantities/gradientNorm.js";
import { loss, testLoss } from "../quantities/loss.js";
import {
  expectedLossChange,
  fullOneStepLossChange,
  oneStepLossChange,
} from "../quantities/lossChange.js";
import { minibs } from "../quantities/minibs.js";
import { noiseKernelNorm } from "../quantities/noiseKernel.js";
import { maxNormSharpness, spectralNormSharpness } from "../quantities/normSharpness.js";
import { ntk } from "../quantities/ntk.js";
import { overlap } from "../quantities/overlap.js";
import {
  batchUpdateSharpness,
  generalisedBatchSharpness,
  generalisedBatchSharpnessRatio,
  generalisedStepSharpness,
  updateSharpness,
} from "../quantities/ownStep.js";
import {
  batchPreconditionedSharpness,
  momentumSharpness,
  preconditionedSharpness,
} from "../quantities/preconditionedSharpness.js";
import { residualPart } from "../quantities/residualPart.js";
import { stepLambdaMax } from "../quantities/stepLambdaMax.js";
import {
  batchSharpness,
  batchSharpnessRatio,
  gaussNewtonBatchSharpness,
  stepBatchSharpness,
  stepSharpness,
} from "../quantities/stepSharpness.js";
import { stochasticGap } from "../quantities/stochasticGap.js";
import { thirdOrder } from "../quantities/thirdOrder.js";
import { batchTopShare, topRotation, topShare } from "../quantities/topSpan.js";
import { trace } from "../quantities/trace.js";
import type { Quantity } from "./quantity.js";

/** The quantities in the order of help texts. A new one is its file and a line here. */
const builtIn: readonly Quantity[] = [
  fullbs,
  minibs,
  batchSharpness,
  loss,
  gap,
  stepLambdaMax,
  batchSharpnessRatio,
  stepSharpness,
  stepBatchSharpness,
  generalisedBatchSharpness,
  generalisedBatchSharpnessRatio,
  generalisedStepSharpness,
  updateSharpness,
  batchUpdateSharpness,
  alignment,
  fullAlignment,
  topShare,
  batchTopShare,
  topRotation,
  gaussNewton,
  fullGaussNewton,
  gaussNewtonBatchSharpness,
  fisher,
  fullFisher,
  empiricalFisher,
  fullEmpiricalFisher,
  ntk,
  overlap,
  residualPart,
  trace,
  density,
  batchDensity,
  gni,
  interactionSharpness,
  gradientNorm,
  gradientNoise,
  gradientNoiseTop,
  contraction,
  noiseKernelNorm,
  oneStepLossChange,
  fullOneStepLossChange,
  expectedLossChange,
  thirdOrder,
  stochasticGap,
  centralFlowAmplitude,
  oscillationAmplitude,
  criticalSharpness,
  batchCriticalSharpness,
  preconditionedSharpness,
  batchPreconditionedSharpness,
  momentumSharpness,
  maxNormSharpness,
  spectralNormSharpness,
  distance,
  accuracy,
  testLoss,
  testAccuracy,
];

/** The built-in quantities by name. */
export const quantities: Readonly<Record<string, Quantity>> = Object.fromEntries(
  builtIn.map((quantity) => [quantity.name, quantity]),
);

/** The names of what is measured when nothing is asked for; these need nothing but the loss. */
export const defaultQuantities: readonly string[] = [fullbs, minibs, batchSharpness, loss].map(
  ({ name }) => name,
);

/** @throws RangeError naming the known quantities, and the nearest * @example
 * quantityByName("fullbs").unit; // "sharpness"
 */
export function quantityByName(name: string): Quantity {
  return byName("quantity", quantities, name);
}
