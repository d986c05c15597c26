// The matrix-Bernstein bound on the gap.

import { matrixBernstein } from "@eoss/eigen";
import {
  checkTypedOptions,
  needed,
  number,
  oneOf,
  positiveInteger,
  requireStream,
} from "@eoss/rng/internal";
import type { Problem } from "../loss/engine.js";
import type { LossView } from "../loss/lossView.js";
import { multiply, type Operator, type Vector } from "../loss/space.js";
import { CERTIFY } from "../search/errorKind.js";
import { topPairs } from "../search/topPairs.js";
import { allOf, shared } from "./measurementViews.js";
import { type MeasureOptions, OPTIONS } from "./measureOptions.js";

/**
 * The matrix-Bernstein bound of Prop. 4.2 on a data set:
 *
 *   E‖H_B − H‖ ≤ √(2σ² log(2d)/b) + R log(2d)/(3b),   σ² = ‖E(H_i − H)²‖, R ≥ ‖H_i − H‖ for all i
 *
 * By Weyl's inequality it bounds the gap. It holds as well for batches drawn without replacement (Gross
 * & Nesme 2010). The factor log(2d) makes it loose where few directions matter.
 */
export interface BernsteinBound {
  /** d */
  readonly dimension: number;
  /**
   * σ², top eigenvalue of the mean of (H_i − H̄)² over the samples looked at, H̄ their mean. Over all n
   * it is σ² to the eigensolver's accuracy; over fewer an estimate: too large in the directions
   * in which these samples happen to differ, too small in those in which they do not.
   */
  readonly variance: number;
  /**
   * R: the largest ‖H_i‖ among the samples looked at, plus ‖H‖, by the triangle inequality. Over all n a
   * bound to the eigensolver's accuracy; over fewer an estimate from below, for the sharpest sample
   * may not be among them.
   */
  readonly radius: number;
  /** Samples looked at. */
  readonly samples: number;
  /** `bound` if every sample was looked at and every eigenpair converged, else `estimate`. */
  readonly kind: "bound" | "estimate";
  /** Products on single samples, and on the whole loss. */
  readonly products: number;
  /** The right-hand side at a batch size. */
  at(batchSize: number): number;
}

/** Evaluates the bound from the Hessians of `samples` samples, drawn without replacement. */
export async function bernsteinBound<V>(
  problem: Problem<V>,
  options: Pick<MeasureOptions, "tolerance" | "stream" | "pause"> & { readonly samples: number },
): Promise<BernsteinBound> {
  const own = { samples: needed(positiveInteger), maxBatches: number, certify: oneOf(...CERTIFY) };
  const domains = { ...OPTIONS, ...own };
  checkTypedOptions<object>("bernsteinBound", options, domains);
  const { samples, tolerance, stream, pause = async () => {} } = options;
  requireStream("bernsteinBound", stream);
  const count = Math.min(samples, problem.samples);
  const search = { tolerance, stream, pause };
  const drawn = stream.fork(1).sample(problem.samples, count);
  // One at a time: the linearisations of many samples would not fit into memory.
  const withSample = async <T>(index: number, use: (view: LossView) => Promise<T>) => {
    const options = { set: "training", plain: false } as const;
    const view = shared(problem, Int32Array.of(drawn[index]!), options, search);
    try {
      return await use(view);
    } finally {
      view.dispose();
    }
  };
  let products = 0;
  let converged = true;
  const normOf = async (view: LossView): Promise<number> => {
    if (!(await view.isFinite())) return Number.NaN;
    const matrix = await view.reduced("hessian");
    const ends = await topPairs(matrix, [], { ...search, count: 4, which: "both" });
    for (const vector of ends.vectors) matrix.space.release(vector);
    products += ends.products;
    converged &&= ends.status === "converged";
    return Math.max(...ends.values.map((value, i) => Math.abs(value) + ends.errorBounds[i]!));
  };

  let largest = 0;
  for (let index = 0; index < count; index++) {
    largest = Math.max(largest, await withSample(index, normOf));
  }
  const whole = shared(problem, allOf(problem.samples), { set: "training", plain: true }, search);
  const { dimension, space } = whole;
  const radius = largest + (await normOf(whole));
  whole.dispose();

  /** Mean over the samples of vectors that each of them makes. */
  const meanOf = async (make: (view: LossView) => Promise<Vector>): Promise<Vector> => {
    let sum: Vector | undefined;
    for (let index = 0; index < count; index++) {
      const image = await withSample(index, make);
      if (sum === undefined) {
        sum = space.scale(1 / count, image);
        continue;
      }
      sum = space.axpy(1 / count, image, sum);
      space.release(image);
    }
    return sum!;
  };
  const product = (view: LossView, x: Vector): Promise<Vector> => {
    products += 1;
    return multiply(view.hessian(), x);
  };
  // The mean of (H_i − H̄)² is that of H_i², less H̄².
  const spread: Operator<Vector> = {
    n: dimension,
    space,
    async apply(x) {
      let first: Vector | undefined;
      const squares = await meanOf(async (view) => {
        const image = await product(view, x);
        const twice = await product(view, image);
        if (first === undefined) first = space.scale(1 / count, image);
        else {
          first = space.axpy(1 / count, image, first);
          space.release(image);
        }
        return twice;
      });
      const square = await meanOf((view) => product(view, first!));
      const less = space.axpy(-1, square, squares);
      space.release(first!);
      space.release(square);
      return less;
    },
  };
  const top = await topPairs(spread, [], search);
  for (const vector of top.vectors) space.release(vector);
  converged &&= top.status === "converged";
  const variance = top.value + (top.errorBound ?? 0);
  return {
    dimension,
    variance,
    radius,
    samples: count,
    kind: converged && count === problem.samples ? "bound" : "estimate",
    products,
    at: (batchSize) => matrixBernstein({ dimension, samples: batchSize, variance, radius }),
  };
}
