import { disposeTree, gradient, type ParameterTree } from "@eoss/hvp";
import { joined, readLater } from "@eoss/hvp/internal";
import type { TfjsProblem } from "@eoss/sharpness";
import { mul, reshape, sum, type Tensor, tensor1d } from "@tensorflow/tfjs-core";

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
export async function hasCollapsed(problem: TfjsProblem): Promise<boolean> {
  const { samples, outputsOf } = problem;
  if (samples < 2 || outputsOf === undefined) return false;
  const apart = Math.max(1, Math.floor(samples / FIRST));
  const some = Int32Array.from({ length: Math.min(FIRST, samples) }, (_, i) => i * apart);
  const first = await outputs(problem, some.subarray(0, 1));
  if (!isSame(await outputs(problem, some), first, ROUNDING)) return false;
  for (let from = 0; from < samples; from += CHUNK) {
    const length = Math.min(CHUNK, samples - from);
    const chunk = Int32Array.from({ length }, (_, i) => from + i);
    if (!isSame(await outputs(problem, chunk), first, ROUNDING)) return false;
  }
  const own = await derivative(problem, some[0]!);
  for (const index of some.subarray(1, 1 + COMPARED)) {
    if (!isSame(await derivative(problem, index), own, 10 * ROUNDING)) return false;
  }
  return true;
}

function outputs({ params, outputsOf }: TfjsProblem, indices: Int32Array) {
  return readLater(() => outputsOf!(indices)(params)) as Promise<Float32Array>;
}

/** ∂(cᵀf(xᵢ))/∂θ, [d]. */
async function derivative(
  { params, outputsOf }: TfjsProblem,
  index: number,
): Promise<Float32Array> {
  const outputsAt = outputsOf!(Int32Array.of(index));
  const { loss, gradient: found } = gradient(
    (theta: typeof params) => weightedSum(outputsAt(theta)),
    params as ParameterTree,
  );
  loss.dispose();
  try {
    return (await readLater(() => joined(found))) as Float32Array;
  } finally {
    disposeTree(found);
  }
}

/** Whether numbers are those of `first`, once or over and over, up to a part of its largest. */
function isSame(all: Float32Array, first: Float32Array, tolerance: number): boolean {
  const largest = first.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const allowed = tolerance * largest;
  return all.every((value, i) => Math.abs(value - first[i % first.length]!) <= allowed);
}

/** Σ c_k f_k with numbers c that do not cancel one another. */
function weightedSum(f: Tensor): Tensor {
  const weights = Float32Array.from({ length: f.size }, (_, k) => Math.cos(1 + k));
  return sum(mul(reshape(f, [-1]), tensor1d(weights)));
}
