import { matrixBernstein } from "@eoss/eigen";
import type { LossView } from "../loss/lossView.js";
import type { Problem } from "../loss/problem.js";
import { topEigenvalue, topPairs } from "../search/topPairs.js";
import { viewOf, wholeView } from "../tfjs/views.js";
import type { MeasureOptions } from "./measure.js";

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
export async function bernsteinBound(
  problem: Problem,
  {
    samples,
    tolerance,
    stream,
    pause = async () => {},
  }: Pick<MeasureOptions, "tolerance" | "stream" | "pause"> & { readonly samples: number },
): Promise<BernsteinBound> {
  const count = Math.min(samples, problem.samples);
  const search = { tolerance, stream, pause };
  const drawn = stream.fork(1).sample(problem.samples, count);
  // One at a time: the linearisations of many samples would not fit into memory.
  const withSample = async <T>(index: number, use: (view: LossView) => T | Promise<T>) => {
    const view = viewOf(problem, Int32Array.of(drawn[index]!), search);
    try {
      return await use(view);
    } finally {
      view.dispose();
    }
  };
  let products = 0;
  let converged = true;
  const normOf = async (view: LossView): Promise<number> => {
    const ends = await topEigenvalue(view.reduced("hessian"), [], {
      ...search,
      count: 4,
      which: "both",
    });
    products += ends.products;
    converged &&= ends.status === "converged";
    return Math.max(...ends.values.map((value, i) => Math.abs(value) + ends.errorBounds[i]!));
  };

  let largest = 0;
  for (let index = 0; index < count; index++) {
    largest = Math.max(largest, await withSample(index, normOf));
  }
  const whole = wholeView(problem, search);
  const dimension = whole.dimension;
  const radius = largest + (await normOf(whole));
  whole.dispose();

  const meanOf = async (times: (view: LossView) => Float64Array): Promise<Float64Array> => {
    const sum = new Float64Array(dimension);
    for (let index = 0; index < count; index++) {
      const image = await withSample(index, times);
      for (let i = 0; i < dimension; i++) sum[i]! += image[i]! / count;
    }
    return sum;
  };
  const product = (view: LossView, x: Float32Array | Float64Array): Float64Array => {
    const image = new Float64Array(dimension);
    view.hessian().apply(x, image);
    products += 1;
    return image;
  };
  // The mean of (H_i − H̄)² is that of H_i², less H̄².
  const spread = {
    n: dimension,
    async apply(x: Float32Array, out: Float32Array): Promise<void> {
      const first = new Float64Array(dimension);
      const squares = await meanOf((view) => {
        const image = product(view, x);
        for (let i = 0; i < dimension; i++) first[i]! += image[i]! / count;
        return product(view, image);
      });
      const square = await meanOf((view) => product(view, first));
      for (let i = 0; i < dimension; i++) out[i] = squares[i]! - square[i]!;
    },
  };
  const top = await topPairs(spread, [], search);
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
