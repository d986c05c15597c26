/** The contract of a loss: what is looked at before a training with one of somebody else. */

import { stream } from "@eoss/rng";
import { watchingRandom } from "@eoss/rng/internal";
import { memory, slice, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { gradient } from "../derivatives/linearize.js";
import type { LossKind, LossOptions, LossTargets } from "../losses/define.js";
import { LossContractError } from "../losses/kinds.js";
import type { LossHead } from "../losses/likelihood.js";
import { disposeTree } from "../parameters/parameters.js";
import { verify } from "../verify/verify.js";

const SAMPLES = 6;
const OUTPUTS = 3;
const ROUNDING = 1e-5;

type Must = (holds: boolean, broken: string) => asserts holds;

/**
 * Looks whether a loss keeps its contract with some options, on six made-up samples of three outputs:
 *
 * - it is a scalar, finite, and the same again, without random numbers, and leaves its inputs as they are;
 * - it is the mean over samples, each by itself: that of six is the mean of those of one;
 * - its gradient and its products with the Hessian agree with differences, so each op has a verified rule;
 * - it depends on the outputs, and leaves no tensors behind.
 *
 * @throws LossContractError naming the first rule that is broken
 */
export function checkLoss(kind: LossKind, options: LossOptions = {}): void {
  const must: Must = (holds, broken) => {
    if (!holds) {
      throw new LossContractError(`the loss ${kind.name} breaks the contract of losses: ${broken}`);
    }
  };
  const head = kind.head(options);
  const outputs = tensor(stream(5, "check-loss").normals(SAMPLES * OUTPUTS), [SAMPLES, OUTPUTS]);
  const targets = tensor(targetsOf(kind.targets), [SAMPLES, OUTPUTS]);
  try {
    watchingRandom((draws) => checkValue(head, outputs, targets, draws, must));
    checkMean(head, outputs, targets, must);
    checkDerivatives(head, outputs, targets, must);
  } finally {
    for (const one of [outputs, targets]) one.dispose();
  }
}

function checkValue(
  head: LossHead,
  outputs: Tensor,
  targets: Tensor,
  draws: () => number,
  must: Must,
): void {
  const before = [outputs, targets].map((one) => one.dataSync().slice());
  const tensors = memory().numTensors;
  const first = lossOf(head, outputs, targets, must);
  const what = (k: number) => ["outputs", "targets"][k];
  for (const [k, one] of [outputs, targets].entries()) {
    must(!one.isDisposed, `it disposes the ${what(k)}`);
  }
  const again = lossOf(head, outputs, targets, must);
  for (const [k, one] of [outputs, targets].entries()) {
    must(
      one.dataSync().every((x, i) => Object.is(x, before[k]![i])),
      `it changes the ${what(k)}`,
    );
  }
  must(draws() === 0, "it draws random numbers: a loss is a function of outputs and targets");
  must(
    Object.is(first, again),
    "it keeps a state: the same outputs and targets again give another loss",
  );
  const left = memory().numTensors - tensors;
  must(left === 0, `it keeps ${left} tensors: what a formula makes is not kept`);
}

function checkMean(head: LossHead, outputs: Tensor, targets: Tensor, must: Must): void {
  const whole = lossOf(head, outputs, targets, must);
  const alone = Array.from({ length: SAMPLES }, (_, i) => {
    const [f, y] = [slice(outputs, i, 1), slice(targets, i, 1)];
    const value = lossOf(head, f, y, must);
    for (const one of [f, y]) one.dispose();
    return value;
  });
  const sum = alone.reduce((a, b) => a + b, 0);
  const size = Math.max(...alone.map(Math.abs));
  const is = (value: number) =>
    Math.abs(whole - value) <= ROUNDING * Math.max(size, Math.abs(value));
  must(
    is(sum / SAMPLES),
    is(sum)
      ? "it is the sum over samples: a loss is their mean, else its curvature grows with the batch"
      : `that of ${SAMPLES} samples is ${whole}, and the mean of theirs ${sum / SAMPLES}: a loss is the mean over ` +
          "samples, each by itself",
  );
}

function checkDerivatives(head: LossHead, outputs: Tensor, targets: Tensor, must: Must): void {
  const params = { outputs: outputs.clone() };
  const loss = (p: { outputs: Tensor }) => head(p.outputs, targets);
  try {
    const slope = gradient(loss, params);
    const silent = slope.gradient.outputs.dataSync().every((g: number) => g === 0);
    disposeTree([slope.loss, slope.gradient.outputs]);
    must(!silent, "it does not depend on the outputs: its gradient is zero");
    const report = verify(loss, params);
    must(
      report.verdict !== "disagrees",
      `its derivatives disagree with differences: ${report.tensors
        .map((one) => JSON.stringify(one))
        .join("; ")
        .slice(0, 300)}`,
    );
  } catch (error) {
    // These name the op, and what to do.
    const known = ["UnverifiedOpError", "LossContractError"].includes((error as Error).name);
    if (known) throw error;
    must(false, `its derivatives cannot be had: ${(error as Error).message}`);
  } finally {
    params.outputs.dispose();
  }
}

function lossOf(head: LossHead, outputs: Tensor, targets: Tensor, must: Must): number {
  return tidy(() => {
    let value: Tensor | undefined;
    try {
      value = head(outputs, targets);
    } catch (error) {
      must(false, `its formula fails: ${(error as Error).message}`);
    }
    must(value?.shape !== undefined, "it gives no scalar tensor");
    must(value.dtype === "float32", `it is ${value.dtype}; allowed: float32`);
    must(value.shape.length === 0, `it has the shape [${value.shape}]; allowed: a scalar, []`);
    const [number] = value.dataSync();
    must(Number.isFinite(number), `it is ${number}`);
    return number!;
  });
}

function targetsOf(kind: LossTargets): Float32Array {
  if (kind === "numbers") return stream(6, "check-loss").normals(SAMPLES * OUTPUTS);
  return Float32Array.from({ length: SAMPLES * OUTPUTS }, (_, k) =>
    k % OUTPUTS === Math.floor(k / OUTPUTS) % OUTPUTS ? 1 : 0,
  );
}
