/** What every optimizer can do to a gradient before its own formula sees it. */

import { add, dispose, mul, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { atMostOne, type Norm, normOf } from "./norms.js";
import type { Params } from "./optimizer.js";
import type { Hyperparameters } from "./options.js";
import type { Threshold } from "./threshold.js";

/** The options that every optimizer has. */
export type CommonOptions = Required<Pick<Hyperparameters, "weightDecay" | "decay" | "clip">>;

export const COMMON: CommonOptions = { weightDecay: 0, decay: "coupled", clip: 0 };

/** PyTorch's, in the denominator of the factor that clips. */
const CLIP_EPSILON = 1e-6;

/** A gradient for a formula; `own` are the tensors made for it, which whoever asked disposes. */
export interface TreatedGradient {
  readonly gradient: Params;
  readonly own: readonly Tensor[];
}

/**
 * The gradient that a formula gets:
 *
 *   g ← g · min(1, clip / (‖g‖ + 1e-6)),  ‖g‖ over all parameters together;  then g ← g + wθ if w is coupled
 *
 * Without either it is the gradient itself, at no cost.
 *
 * @see torch.nn.utils.clip_grad_norm_; Pascanu, Mikolov & Bengio (2013), On the difficulty of training
 *   recurrent neural networks
 */
export function treated(
  gradient: Params,
  params: Params,
  { clip = 0, weightDecay = 0, decay }: Hyperparameters,
): TreatedGradient {
  const norm = clip > 0 ? normOf(Object.values(gradient)) : 0;
  const factor = clip > 0 ? atMostOne(clip, norm, CLIP_EPSILON) : 1;
  const w = decay === "decoupled" ? 0 : weightDecay;
  if (factor === 1 && w === 0) return { gradient, own: [] };
  const made = Object.entries(gradient).map(([key, g]) => {
    const own = tidy(() => {
      const clipped = factor === 1 ? g : mul(g, factor);
      return w === 0 ? clipped : add(clipped, mul(params[key]!, w));
    });
    return [key, own] as const;
  });
  dispose([norm, factor].filter((one: Norm) => typeof one !== "number"));
  return { gradient: Object.fromEntries(made), own: made.map(([, tensor]) => tensor) };
}

/**
 * The threshold of a formula with the options that every optimizer has. With θ ← (1 − ηw)θ beside a formula
 * that is linear in θ, the factor −1 belongs to (2 − ηw) where it belonged to 2: the threshold falls by the
 * factor 1 − ηw/2, whatever the formula.
 */
export function treatedThreshold(
  threshold: Threshold,
  { learningRate, weightDecay = 0, decay, clip = 0 }: Hyperparameters & { learningRate: number },
): Threshold {
  const { formula } = threshold;
  if (formula === undefined) return threshold;
  const words =
    clip > 0 ? `${threshold.words}, where the gradient is not clipped` : threshold.words;
  if (decay !== "decoupled" || weightDecay === 0) return { ...threshold, words };
  const factor = 1 - (learningRate * weightDecay) / 2;
  if (factor <= 0) {
    return { value: Number.NaN, words: "the weight decay alone makes the steps unstable" };
  }
  return { value: threshold.value * factor, formula: `${formula} · (1 − ηw/2)`, words };
}
