/** Softmax cross-entropy as an op of its own. */

import {
  add,
  argMax,
  cast,
  div,
  equal,
  exp,
  expandDims,
  max,
  maximum,
  mul,
  neg,
  range,
  sub,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { LOWEST } from "../rules/convolution.js";
import type { GradientRule } from "../rules/rule.js";
import { composite, constant, currentRecorder } from "../tape/constant.js";
import { preciseLog1p } from "./preciseLog1p.js";

/**
 * log Σ_c exp f_c − Σ_c y_c f_c of each observation, [..., 1], as an op with rules of its own.
 *
 * With r the largest logit, z = f − f_r, S = Σ_{c≠r} exp z_c and t = 1 − Σ y (0 for probabilities),
 *
 *   L = log(1 + S) − Σ_{c≠r} y_c z_c + t·f_r
 *   p_c = exp z_c/(1 + S),   p_r = 1/(1 + S)
 *   ∂L/∂f_c = p_c − y_c,     ∂L/∂f_r = t − Σ_{c≠r} (p_c − y_c)
 *
 * Nowhere is the probability p_r, which is close to 1 where the fit is good, subtracted from 1.
 *
 * @param outputs f, [..., C]
 * @param targets y, of the same shape
 */
export function entropyOf(outputs: Tensor, targets: Tensor): Tensor {
  if (currentRecorder() === undefined) {
    return composite(unrecordedRule, { outputs, targets }, () =>
      entropyFrom(shiftedSoftmax(outputs), targets),
    );
  }
  const parts = constant(() => shiftedSoftmax(outputs));
  const { top } = parts;
  const p = composite(softmaxRule, { outputs, top }, () => parts.p);
  return composite(entropyRule, { outputs, targets, top, p }, () => entropyFrom(parts, targets));
}

function entropyFrom({ largest, z, top, rest }: ShiftedSoftmax, targets: Tensor): Tensor {
  const missing = mul(excess(targets, top), largest);
  return add(sub(preciseLog1p(rest), rowSum(mul(others(targets, top), z))), missing);
}

/** Softmax, and what it is made of. */
interface ShiftedSoftmax {
  /** f_r, [..., 1]. */
  readonly largest: Tensor;
  /** f − f_r. */
  readonly z: Tensor;
  /** 1 for r, the first of the largest, else 0. */
  readonly top: Tensor;
  /** S, [..., 1]. */
  readonly rest: Tensor;
  readonly p: Tensor;
}

export function shiftedSoftmax(outputs: Tensor): ShiftedSoftmax {
  const classes = outputs.shape.at(-1)!;
  // A class that is ruled out by −∞ has the probability 0, and no ∞ − ∞.
  const f = maximum(outputs, LOWEST);
  const best = expandDims(argMax(f, -1), -1);
  const top = cast(equal(best, range(0, classes, 1, "int32")), "float32");
  const largest = max(f, -1, true);
  const z = sub(f, largest);
  // exp z is as right as z is: 80 − 1e-6 rounded to 80 would cost 1e-6. So with the rounding error
  // of the difference (Knuth's two-sum), exp(z + error) = exp z·(1 + error).
  const taken = sub(f, z);
  const error = add(sub(f, add(z, taken)), sub(taken, largest));
  const weights = others(mul(exp(z), add(error, 1)), top);
  const rest = rowSum(weights);
  return { largest, z, top, rest, p: div(add(weights, top), add(rest, 1)) };
}

/**
 * (diag(p) − p·pᵀ)·v. As it takes a constant v to 0, v − v_r may stand for v: the entry of r is then
 * −p_r·Σ_{c≠r} p_c (v_c − v_r), without 1 − p_r.
 */
export function softmaxCurvature(p: Tensor, v: Tensor, top: Tensor): Tensor {
  const shifted = sub(v, rowSum(mul(v, top)));
  return mul(p, sub(shifted, rowSum(mul(p, shifted))));
}

const softmaxRule: GradientRule = {
  kernelName: "Softmax",
  saveInputs: ["top"],
  saveOutput: true,
  gradient: ({ dy, input, output }) => ({
    outputs: () => softmaxCurvature(output(), dy, input("top")),
  }),
};

const entropyRule: GradientRule = {
  kernelName: "CrossEntropy",
  saveInputs: ["outputs", "targets", "top", "p"],
  gradient: ({ dy, input }) => {
    const [outputs, targets, top, p] = ["outputs", "targets", "top", "p"].map(input) as Tensors;
    return {
      outputs: () =>
        mul(
          dy,
          composite(residualRule, { outputs, targets, top, p }, () => residual(p, targets, top)),
        ),
      targets: () => neg(mul(dy, outputs)),
    };
  },
};

/** For tfjs' own gradient, which must not see how p is computed. */
const unrecordedRule: GradientRule = {
  kernelName: "CrossEntropy",
  gradient: ({ dy, input }) => {
    const [outputs, targets] = [input("outputs"), input("targets")];
    const { p, top } = shiftedSoftmax(outputs);
    return {
      outputs: () => mul(dy, residual(p, targets, top)),
      targets: () => neg(mul(dy, outputs)),
    };
  },
};

type Tensors = [Tensor, Tensor, Tensor, Tensor];

/** p − y, which depends on the outputs through p alone. */
const residualRule: GradientRule = {
  kernelName: "CrossEntropyResidual",
  saveInputs: ["top", "p"],
  gradient: ({ dy, input }) => ({
    outputs: () => softmaxCurvature(input("p"), dy, input("top")),
    targets: () => neg(dy),
  }),
};

function residual(p: Tensor, y: Tensor, top: Tensor): Tensor {
  const differences = others(sub(p, y), top);
  return add(differences, mul(top, sub(excess(y, top), rowSum(differences))));
}

/** t = 1 − Σ y, [..., 1]: exactly 0 for a target that is 1. */
function excess(y: Tensor, top: Tensor): Tensor {
  return sub(sub(1, rowSum(mul(y, top))), rowSum(others(y, top)));
}

/** x without its entry r. */
const others = (x: Tensor, top: Tensor) => mul(x, sub(1, top));

const rowSum = (x: Tensor) => sum(x, -1, true);
