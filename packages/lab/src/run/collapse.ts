import { gradient, type ParameterTree } from "@eoss/hvp";
import type { Problem } from "@eoss/sharpness";
import { mul, reshape, sum, type Tensor, tensor1d, tidy } from "@tensorflow/tfjs-core";

/** Samples whose outputs are looked at first: a living network differs among them. */
const FIRST = 32;
/** Samples at once when all are looked at. */
const CHUNK = 1024;
/** Samples whose derivatives are compared with those of the first. */
const COMPARED = 3;
/** What outputs may differ by, relative to the largest: rounding. */
const ROUNDING = 1e-6;

/**
 * Whether a network has collapsed: with the outputs f(xᵢ; θ),
 *
 *   f(xᵢ) = f(xⱼ)   and   ∂(cᵀf(xᵢ))/∂θ = ∂(cᵀf(xⱼ))/∂θ
 *
 * up to rounding, over all training samples for the first and over a few for the second. So it is when
 * all units of a layer of ReLUs are dead: then f is the bias of the last layer, and the Hessian of the
 * squared error is 2 there and 0 elsewhere. A network that begins with zeros in its last layer has one
 * output as well, but derivatives that differ.
 *
 * @returns false also where an output is not finite, and of fewer than two samples
 */
export function hasCollapsed(problem: Problem): boolean {
  const { samples, params, outputsOf } = problem;
  if (samples < 2 || outputsOf === undefined) return false;
  const apart = Math.max(1, Math.floor(samples / FIRST));
  const some = Int32Array.from({ length: Math.min(FIRST, samples) }, (_, i) => i * apart);
  const first = outputs(problem, some.subarray(0, 1));
  if (!isConstant(outputs(problem, some), first)) return false;
  for (let from = 0; from < samples; from += CHUNK) {
    const length = Math.min(CHUNK, samples - from);
    const chunk = Int32Array.from({ length }, (_, i) => from + i);
    if (!isConstant(outputs(problem, chunk), first)) return false;
  }
  const derivative = (index: number) => {
    const outputsAt = outputsOf(Int32Array.of(index));
    const found = gradient(
      (theta: typeof params) => weightedSum(outputsAt(theta)),
      params as ParameterTree,
    );
    found.loss.dispose();
    const values = Object.values(found.gradient).map((tensor) => {
      const numbers = tensor.dataSync() as Float32Array;
      tensor.dispose();
      return numbers;
    });
    return values;
  };
  const own = derivative(some[0]!);
  return Array.from(some.subarray(1, 1 + COMPARED)).every((index) => {
    const other = derivative(index);
    const largest = Math.max(
      ...own.map((values) => values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)),
    );
    return own.every((values, k) =>
      values.every((value, i) => Math.abs(value - other[k]![i]!) <= 10 * ROUNDING * largest),
    );
  });
}

function outputs({ params, outputsOf }: Problem, indices: Int32Array): Float32Array {
  return tidy(() => outputsOf!(indices)(params).dataSync() as Float32Array);
}

/** Whether the outputs of all samples are those of the first one. */
function isConstant(all: Float32Array, first: Float32Array): boolean {
  const largest = first.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return all.every((value, i) => Math.abs(value - first[i % first.length]!) <= ROUNDING * largest);
}

/** Σ c_k f_k with numbers c that do not cancel one another. */
function weightedSum(f: Tensor): Tensor {
  const weights = Float32Array.from({ length: f.size }, (_, k) => Math.cos(1 + k));
  return sum(mul(reshape(f, [-1]), tensor1d(weights)));
}
