import {
  disposeTree,
  flatten,
  layoutOf,
  type ParameterLayout,
  type ParameterTree,
} from "@eoss/hvp";
import type { RandomStream } from "@eoss/rng";
import { directionalNoise } from "./directional.js";
import { addFlat, normalNoise } from "./flatNoise.js";
import { defineNoise, type Noise } from "./noise.js";
import { weightedGradients } from "./outputGradients.js";
import type { NoiseProblem } from "./problem.js";
import { varianceAt } from "./sampleVariance.js";
import { meanWeights } from "./weights.js";

/**
 * Noise that keeps of the mini-batch covariance how much of it falls into each of some cells of
 * parameters, and is isotropic inside them. With Σ_kk the variance of single-sample gradients:
 *
 *   ∇L + ξ,   Cov = c² · diag(v),   v_j = mean of Σ_kk over the k in the cell of j
 *
 * so that the expected squared norm, c²·tr Σ, is that of mini-batch noise in every cell.
 *
 * *Exact covariance*: ξ_j = c·√v_j·z_j, z ~ N(0, I_d), with v from the gradient of every sample.
 * *Drawn*: ξ_cell = ‖ζ_cell‖ · u_cell, ζ a draw of directional noise, u_cell uniform on the unit
 * sphere of the cell. E‖ζ_cell‖² = c²·tr Σ_cell, so the covariance is the same; ξ is as long as
 * directional noise in each cell and each draw, but the cells are not independent, nor is ξ Gaussian
 * (in a cell of one parameter it is: ±|ζ_j|).
 *
 * @param description what it does, in a line
 * @param cellSizes numbers of parameters in the cells, in the order of the flat vector
 */
export function defineCellNoise(
  name: string,
  description: string,
  cellSizes: (layout: ParameterLayout) => ArrayLike<number>,
): Noise {
  return defineNoise<{ covariance?: "exact" | "drawn"; refreshEvery?: number }>({
    name,
    description,
    ofBatches: true,
    defaults: { covariance: "exact", refreshEvery: 1 },
    gradient(problem, { stream, factor, options, step, state }) {
      const layout = layoutOf(problem.params);
      const sizes = cellSizes(layout);
      const noise = normalNoise(layout.size, stream);
      if (options.covariance === "drawn") {
        const { loss, gradient, drawn } = meanAndDraw(problem, factor, stream);
        scaleCells(noise, sizes, (from, to) => length(drawn, from, to) / length(noise, from, to));
        return { loss, gradient: addFlat(gradient, noise) };
      }
      const kept = varianceAt(problem, sizes, { step, refreshEvery: options.refreshEvery, state });
      scaleCells(noise, sizes, (_from, _to, cell) => Math.sqrt(factor * kept.variance[cell]!));
      const { loss, gradients } = weightedGradients(problem, [meanWeights(problem.samples)]);
      return {
        loss,
        gradient: addFlat(gradients[0]!, noise),
        state: options.refreshEvery > 1 ? kept : undefined,
      };
    },
  });
}

/** L, ∇L and one draw of directional noise, [d], from one pass forwards and two backwards. */
function meanAndDraw<P extends ParameterTree>(
  problem: NoiseProblem<P>,
  factor: number,
  stream: RandomStream,
): { loss: number | Promise<number>; gradient: P; drawn: Float32Array } {
  const { samples, params } = problem;
  const weightings = [meanWeights(samples), directionalNoise(samples, factor, stream)];
  const { loss, gradients } = weightedGradients(problem, weightings);
  const [gradient, noise] = gradients as [P, P];
  const drawn = flatten(noise, new Float32Array(layoutOf(params).size));
  disposeTree(noise);
  return { loss, gradient, drawn };
}

/** Multiplies each cell of a vector by a number of its own. */
function scaleCells(
  x: Float32Array,
  sizes: ArrayLike<number>,
  scaleOf: (from: number, to: number, cell: number) => number,
): void {
  let from = 0;
  for (let cell = 0; cell < sizes.length; cell++) {
    const to = from + sizes[cell]!;
    const scale = scaleOf(from, to, cell);
    for (let j = from; j < to; j++) x[j]! *= scale;
    from = to;
  }
}

/** Euclidean norm of a part of a vector. */
function length(x: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let j = from; j < to; j++) sum += x[j]! ** 2;
  return Math.sqrt(sum);
}
