/** Gauss–Newton products against their definition. */

import { mul, sum, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { jacobian } from "../derivatives/jacobian.js";
import { linearize } from "../derivatives/linearize.js";
import {
  disposeTree,
  flatten,
  layoutOf,
  type ParameterTree,
  unflatten,
} from "../parameters/parameters.js";
import { distance, norm } from "../parameters/vectors.js";
import { relativeDirection } from "./derivatives.js";
import { type Differentiator, derivativeAlong, take } from "./differentiator.js";
import { type Comparison, compare } from "./report.js";

/** A loss as a network and a head, L(θ) = loss(outputs(θ)). */
export interface Composition<P extends ParameterTree> {
  readonly outputs: (params: P) => Tensor;
  readonly loss: (outputs: Tensor) => Tensor;
}

/**
 * Compares Gauss–Newton products with their definition, tensor by tensor.
 *
 *   G·v = Jᵀ·w,   w = ∂²L/∂f²·u,   u = J·v
 *
 * Here u is a difference of outputs, w a difference of the head's gradient along u, and Jᵀ·w the
 * gradient of Σ w·f: first derivatives only.
 */
export function checkGaussNewton(
  { outputs, loss }: Composition<ParameterTree>,
  params: ParameterTree,
  { gradient }: Differentiator,
  seed: number,
): Comparison[] {
  const { size } = layoutOf(params);
  const theta = flatten(params, new Float64Array(size));
  const v = relativeDirection(theta, params, seed, 0);
  const outputsAt = (p: ParameterTree) => [tidy(() => outputs(p).dataSync() as Float32Array)];
  const f0 = tidy(() => outputs(params).clone());
  const f = Float64Array.from(f0.dataSync());
  const u = derivativeAlong(theta, v, params, outputsAt)[0]!;

  const head = (p: ParameterTree) => loss((p as readonly Tensor[])[0]!);
  const slopeAt = (p: ParameterTree) => take(gradient(head, p));
  // Steps relative to the outputs, as elsewhere to the parameters.
  const stretch = norm(u.value) > 0 && norm(f) > 0 ? norm(f) / norm(u.value) : 1;
  const along = u.value.map((x) => x * stretch);
  const w = derivativeAlong(f, along, [f0], slopeAt)[0]!;
  const dual = tensor(
    Float32Array.from(w.value, (x) => x / stretch),
    f0.shape,
  );
  const reference = take(gradient((p) => sum(mul(outputs(p), dual)), params));
  const actual = product(outputs, loss, params, v);
  const doubt = u.error / (norm(u.value) || 1) + w.error / (norm(w.value) || 1);
  disposeTree([f0, dual]);

  const whole = Math.hypot(...reference.map(norm));
  return reference.map((part, p) => {
    const scale = Math.max(norm(part), norm(actual[p]!), 1e-2 * whole);
    return compare(distance(actual[p]!, part), { error: doubt * norm(part) }, scale);
  });
}

function product(
  outputs: (params: ParameterTree) => Tensor,
  loss: (outputs: Tensor) => Tensor,
  params: ParameterTree,
  v: Float64Array,
): Float64Array[] {
  const j = jacobian(outputs, params);
  const head = linearize(([f]: readonly Tensor[]) => loss(f!), [j.outputs]);
  const direction = unflatten(v, params);
  const u = j.jvp(direction);
  const w = head.hvp([u])[0]!;
  const result = take(j.vjp(w));
  disposeTree(direction);
  disposeTree([u, w]);
  head.dispose();
  j.dispose();
  return result;
}
