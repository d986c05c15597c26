// The span of the top eigenvectors: how much of the gradient lies in it, and how fast it turns.
import { symmetricEigen } from "@eoss/eigen";
import type { LossView } from "../loss/lossView.js";
import { oncePerView } from "../loss/oncePerView.js";
import { norm, type Space, type Vector } from "../loss/space.js";
import { squaredCosineError } from "../loss/squaredCosineError.js";
import {
  type BatchQuantity,
  type MeasureContext,
  type MeasurementStatus,
  NOT_FINITE,
  type Reading,
  type SingleQuantity,
} from "../registry/quantity.js";
import { type AngleBound, certifiedSpan } from "../search/certifiedAngle.js";
import { recall, remember } from "../search/remembered.js";

/** The span of the `top` eigenvectors of H: what was found, and how far it may be off. */
interface TopSpan extends AngleBound {
  /** Unit vectors at right angles to each other; none if the loss is not finite. They are the view's. */
  readonly vectors: readonly Vector[];
  readonly status: MeasurementStatus;
}

async function topSpan(view: LossView, context: MeasureContext): Promise<TopSpan> {
  const top = await view.top("hessian");
  const { vectors, status, products } = top;
  if (vectors.length === 0) return { vectors, status, products, sine: 1 };
  const angle = await certifiedSpan(view, "hessian", top, context);
  return { ...angle, vectors, status, products: products + angle.products };
}

/** Σᵢ(gᵀvᵢ)²/‖g‖² for the gradient g of a loss. */
async function shareOf(view: LossView, span: TopSpan): Promise<Reading> {
  const { vectors, sine, errorKind, status } = span;
  if (vectors.length === 0) return { ...NOT_FINITE, products: span.products };
  const rounding = await view.gradientRounding();
  const products = span.products + rounding.products;
  const gradient = await view.gradient();
  const length = await norm(view.space, gradient);
  if (!(length > 0)) return { ...NOT_FINITE, products };
  let square = 0;
  for (const vector of vectors) square += (await view.space.dot(gradient, vector)) ** 2;
  const value = Math.min(1, square / length ** 2);
  const errorBound = squaredCosineError(value, sine, rounding.bound / length);
  return { value, scale: 1, errorBound, errorKind, products, status };
}

/**
 * Share of the gradient in the top subspace, Σ_(i ≤ k) (gᵀvᵢ)² / ‖g‖², vᵢ the top k eigenvectors of H, k the
 * setting `top`: cos² of the angle between g and their span. Of a gradient of random direction it is k/d. For
 * k = 1 it is `full-alignment`.
 *
 * Error bound: how far it moves as the span turns by the angle by which it may be off, with a probability of
 * 99.9 % (`certifiedSpan`), and the gradient by its rounding. Where the eigenvalues k and k + 1 are not
 * resolved, and so there is no such span, anything from 0 to 1 is within it. The tolerance is absolute.
 *
 * @see Gur-Ari, Roberts, Dyer (2018), Gradient descent happens in a tiny subspace
 */
export const topShare: SingleQuantity = {
  name: "top-share",
  description: "share of the squared gradient of the whole loss in its top eigenvectors (top)",
  over: "full",
  unit: "fraction",
  needs: [],
  reads: ["tolerance", "top", "certify"],
  cost: "10 to 30 products over all samples, one for each of top, and those of fullbs",
  measure: async (view, context) => shareOf(view, await topSpan(view, context)),
};

/** Once for all batches of a measurement. */
const sharedSpan = oncePerView(topSpan);

/**
 * E_B[Σ_(i ≤ k) (g_Bᵀvᵢ)² / ‖g_B‖²], vᵢ the top k eigenvectors of H, not of H_B: how much of the step of SGD
 * lies in the top subspace of the whole loss. Errors as those of `top-share`, and the standard error over
 * batches.
 *
 * @see Song, Ahn, Yun (2025), Does SGD really happen in tiny subspaces?
 */
export const batchTopShare: BatchQuantity = {
  name: "batch-top-share",
  description: "mean share of a batch's squared gradient in the top eigenvectors of the whole loss",
  over: "batches",
  unit: "fraction",
  needs: ["full-batch"],
  reads: ["tolerance", "top", "certify"],
  cost: "one product a batch, and those of top-share once",
  sample: async (batch, context) => shareOf(batch, await sharedSpan(context.full(), context)),
};

/** Under which name the vectors of the measurement before are kept, as long as 1 + the sine of their angle. */
const KEPT = "top-rotation";

/**
 * Rotation of the top eigenvectors since the measurement before: ‖V₀ᵀV‖_F²/k, the mean of cos² of the angles
 * between the spans of the top k eigenvectors of H then and now, k the setting `top`. 1: the same span; k/d:
 * two spans at random. Part `least`: cos² of the largest of the angles. How many steps lie between is a matter
 * of where is measured (`every`): compare it at equal distances alone. No value at the first measurement, nor
 * at the one after `top` was changed.
 *
 * Error bound: with r = √(1 − value), a metric of subspaces, |r − r*| ≤ (σ₀ + σ)/√k by the triangle inequality,
 * σ₀ and σ the angle bounds of both spans (`certifiedSpan`). Where one of them is not resolved, anything from 0
 * to 1 is within it.
 *
 * @see arXiv 2511.12558; Gur-Ari, Roberts, Dyer (2018), for the overlap
 */
export const topRotation: SingleQuantity = {
  name: "top-rotation",
  description: "cos² between the top eigenvectors (top) now and at the measurement before",
  over: "full",
  unit: "fraction",
  needs: [],
  reads: ["tolerance", "top", "certify"],
  cost: "10 to 30 products over all samples, one for each of top, those of fullbs, and top vectors kept",
  async measure(view, context) {
    const span = await topSpan(view, context);
    const { vectors, products, status } = span;
    const k = vectors.length;
    if (k === 0) return { ...NOT_FINITE, products };
    const before = recall(context.memory, KEPT);
    const cosines = before.length === k ? await cosinesOf(view.space, before, vectors) : undefined;
    const values = vectors.map(() => 1 + span.sine);
    remember(context.memory, KEPT, { vectors, values }, view.space);
    if (cosines === undefined) return { ...NOT_FINITE, products };
    const { squares, sine: sineBefore } = cosines;
    const value = Math.min(1, squares.reduce((sum, x) => sum + x, 0) / k);
    const least = Math.min(1, Math.max(0, squares.at(-1)!));
    return {
      value,
      errorBound: rotationError(value, k, sineBefore, span.sine),
      errorKind: span.errorKind,
      products,
      status,
      parts: {
        least: { value: least, errorBound: squaredCosineError(least, sineBefore, span.sine) },
      },
    };
  },
};

/** Squared cosines of the angles between two spans, descending, and by how much the first may be off. */
async function cosinesOf(
  space: Space<Vector>,
  before: readonly Vector[],
  vectors: readonly Vector[],
): Promise<{ readonly squares: readonly number[]; readonly sine: number }> {
  const length = await norm(space, before[0]!);
  const rows: number[][] = [];
  for (const old of before) {
    const row: number[] = [];
    for (const vector of vectors) row.push((await space.dot(old, vector)) / length);
    rows.push(row);
  }
  const gram = rows.map((row) =>
    Float64Array.from(rows, (other) => row.reduce((sum, x, i) => sum + x * other[i]!, 0)),
  );
  return {
    squares: [...symmetricEigen(gram).values],
    sine: Math.min(1, Math.max(0, length - 1)),
  };
}

/** An angle bound above this says nothing; one of 1 comes back from single precision as less. */
const UNKNOWN = 0.99;

/** @param sines √(Σ sin²) of the angles by which each span may be off, at most */
function rotationError(value: number, k: number, ...sines: readonly number[]): number {
  if (sines.some((sine) => sine > UNKNOWN)) return Math.max(value, 1 - value);
  const root = Math.sqrt(1 - value);
  const off = sines.reduce((sum, sine) => sum + sine, 0) / Math.sqrt(k);
  const squareAt = (r: number) => 1 - Math.min(1, Math.max(0, r)) ** 2;
  return Math.max(squareAt(root - off) - value, value - squareAt(root + off));
}
