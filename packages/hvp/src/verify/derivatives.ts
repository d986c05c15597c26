/** Gradients and Hessian products against differences. */

import { stream } from "@eoss/rng";
import { tidy } from "@tensorflow/tfjs-core";
import { flatten, layoutOf, type ParameterTree, unflatten } from "../parameters/parameters.js";
import { distance, dot, norm } from "../parameters/vectors.js";
import { type Differentiator, derivativeAlong, type Loss, split, take } from "./differentiator.js";
import { type Comparison, compare, worst } from "./report.js";

/** Parts smaller than this, relative to the whole, are judged by the whole. */
const SMALL = 1e-2;
/** Curvature is judged by no less than this part of the gradient, or a flat loss would have none. */
const FLAT = 1e-3;
/** Of no part smaller than this, relative to the whole, single precision says whether it is 0. */
const NONE = 1e-6;
/** What single precision leaves of a symmetry that is exact. */
const SYMMETRY_TOLERANCE = 2e-5;

export interface DerivativeReport {
  /** For each parameter tensor. */
  readonly gradient: Comparison[];
  readonly hessian: Comparison[];
  readonly symmetry: Comparison;
}

/**
 * Puts gradient and Hessian-vector products of a loss to the test.
 *
 * - gradient: g·v against differences of the loss along v, tensor by tensor;
 * - Hessian: H·v against differences of the gradient along v, tensor by tensor;
 * - symmetry: wᵀ(H·v) against vᵀ(H·w) for w along H·v, where an error is not diluted by random angles.
 */
export function checkDerivatives(
  loss: Loss,
  params: ParameterTree,
  { gradient, hvp }: Differentiator,
  { directions, seed }: { directions: number; seed: number },
): DerivativeReport {
  const layout = layoutOf(params);
  const theta = flatten(params, new Float64Array(layout.size));
  const g = take(gradient(loss, params));
  const lossAt = (p: ParameterTree) => [tidy(() => loss(p).dataSync() as Float32Array)];
  const product = (v: Float64Array) => {
    const direction = unflatten(v, params);
    const result = take(hvp(loss, params, direction));
    for (const part of Object.values(direction)) part.dispose();
    return result;
  };

  const slope = Math.hypot(...g.map(norm));
  const hessians: Comparison[][] = [];
  let noise: number[] = [];
  let symmetry: Comparison | undefined;
  for (let index = 0; index < directions; index++) {
    const v = relativeDirection(theta, params, seed, index);
    const actual = product(v);
    // The same by another path through single precision.
    const third = product(v.map((x) => x / 3));
    const rounding = actual.map((part, p) =>
      distance(
        part,
        third[p]!.map((x) => 3 * x),
      ),
    );
    const gradientAt = (p: ParameterTree) => take(gradient(loss, p));
    const reference = derivativeAlong(theta, v, params, gradientAt);
    noise = reference.map((part) => part.noise);
    const whole = Math.hypot(...reference.map(({ value }) => norm(value)));
    const least = Math.max(SMALL * whole, FLAT * slope);
    hessians.push(
      reference.map(({ value, error, doubt, hidden }, p) => {
        const scale = Math.max(norm(value), norm(actual[p]!), least);
        const off = distance(actual[p]!, value);
        const trust = error + rounding[p]! + (off > NONE * whole ? (hidden?.() ?? 0) : 0);
        return compare(off, { error: trust, doubt }, scale);
      }),
    );
    symmetry ??= skewness(v, actual, product, Math.hypot(...rounding), FLAT * slope);
  }

  const gradients = layout.entries.map(({ offset, size }, index) => {
    const v = slopeDirection(theta, g[index]!, offset, size, seed);
    const { value, error, doubt, hidden } = derivativeAlong(theta, v, params, lossAt)[0]!;
    const part = v.subarray(offset, offset + size);
    const off = Math.abs(value[0]! - dot(g[index]!, part));
    // Rounding of g itself, in a direction of its own.
    const rounding = (noise[index]! * norm(part)) / Math.sqrt(size);
    // What is 0 by a symmetry, as the slope of a bias that softmax does not see, is 0 to rounding.
    const none = NONE * slope * norm(part);
    const trust = error + rounding + (off > none ? (hidden?.() ?? 0) : 0);
    const scale = Math.max(norm(g[index]!), SMALL * slope) * norm(part);
    return compare(off, { error: trust, doubt }, scale);
  });
  return {
    gradient: gradients,
    hessian: layout.entries.map((_, p) => worst(hessians.map((comparisons) => comparisons[p]!))),
    symmetry: symmetry!,
  };
}

/** @param rounding 2-norm of the rounding errors of H·v; @param flat norm of an H·v that is none */
function skewness(
  v: Float64Array,
  hv: readonly Float64Array[],
  product: (v: Float64Array) => Float64Array[],
  rounding: number,
  flat: number,
): Comparison {
  const first = concatenate(hv);
  const length = norm(first);
  // A loss without curvature along v is symmetric there.
  if (length === 0) return compare(0, { error: 0 }, 1, SYMMETRY_TOLERANCE);
  // As long as v, or one of the two products might overflow.
  const size = norm(v);
  const w = first.map((x) => (x / length) * size);
  const second = concatenate(product(w));
  const scale = Math.max((length + norm(second)) / 2, flat);
  return compare(
    Math.abs(length - dot(v, second) / size),
    { error: rounding },
    scale,
    SYMMETRY_TOLERANCE,
  );
}

/**
 * A random direction in which every tensor changes by its own size: relative steps then mean the
 * same for all. Tensors that are zero change by the mean size of the others.
 */
export function relativeDirection(
  theta: Float64Array,
  params: ParameterTree,
  seed: number,
  index: number,
): Float64Array {
  const { entries, size } = layoutOf(params);
  const v = Float64Array.from(stream(seed, "verify").fork(index).normals(size));
  const typical = rms(theta) || 1;
  const sizes = split(theta, params).map((part) => rms(part) || typical);
  for (const [p, { offset, size }] of entries.entries()) {
    for (let i = offset; i < offset + size; i++) v[i]! *= sizes[p]!;
  }
  return v;
}

/** Half along the gradient, where the slope is large, half anywhere; zero for other tensors. */
function slopeDirection(
  theta: Float64Array,
  g: Float64Array,
  offset: number,
  size: number,
  seed: number,
): Float64Array {
  const v = new Float64Array(theta.length);
  const random = stream(seed, "verify slopes").fork(offset).normals(size);
  const typical = rms(theta.subarray(offset, offset + size)) || rms(theta) || 1;
  const along = norm(g) > 0 ? 1 / norm(g) : 0;
  // Never against the gradient: of a single number nothing might be left.
  const across = (dot(g, random) < 0 ? -1 : 1) / norm(random);
  for (let i = 0; i < size; i++) {
    v[offset + i] = typical * Math.sqrt(size) * (along * g[i]! + across * random[i]!);
  }
  return v;
}

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

const rms = (x: Float64Array) => norm(x) / Math.sqrt(x.length);
