/** Moments of the gradients of single samples, in closed form for dense layers. */

import { checkOptions } from "@eoss/rng/internal";
import {
  dispose,
  matMul,
  ones,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import { layoutOf, type ParameterTree, requireTree } from "../parameters/parameters.js";
import { denseChain } from "../reduce/denseChain.js";
import { evaluated } from "../tape/evaluated.js";
import { recordForward } from "../tape/recording.js";
import { Tape, type Value } from "../tape/tape.js";
import { checkChunks, checkWeights } from "./checks.js";
import { type GradientMoments, momentsOf } from "./gradientMoments.js";
import type { LossChunk } from "./hessian.js";

/** Some samples and their mean loss. */
export interface MeanLossChunk<P extends ParameterTree> extends LossChunk<P> {
  /** k, the samples of which `loss` is the mean, all counting alike. */
  readonly samples: number;
}

export interface DenseGradientMomentsOptions<P extends ParameterTree> {
  readonly params: P;
  /** Together all samples; `weight` is the share of the samples. */
  readonly chunks: readonly MeanLossChunk<P>[];
}

/**
 * The moments of per-sample gradients in closed form, for a loss through dense layers and
 * entry-by-entry functions: one pass for each chunk instead of one for each sample. With z = a·W + β
 * and D = ∂L/∂z of k samples, sample i has the gradients k·a_iᵀ·d_i and k·d_i, so that
 *
 *   mean:           aᵀ·D            Σ_i d_i
 *   second moment:  k·(a²)ᵀ·(D²)    k·Σ_i d_i²
 *
 * entry by entry. The loss head may be any function of the outputs in which samples do not mix. A
 * variance is right to some 1e-6 of its second moment, being the difference of two.
 *
 * @returns undefined for a loss of another form, and where a number is not finite in single precision:
 *   `gradientMoments` takes every loss, squares in float64 and names the op where such a number begins
 * @throws UnverifiedOpError as `linearize`
 * @see Dangel, Kunstner, Hennig (2020), BackPACK: Packing more into backprop
 */
export function denseGradientMoments<P extends ParameterTree>(
  options: DenseGradientMomentsOptions<P>,
): GradientMoments | undefined {
  const what = "denseGradientMoments";
  checkOptions(what, options, ["params", "chunks"]);
  const { params, chunks } = options;
  requireTree(params);
  checkChunks(what, chunks, "loss");
  checkWeights(what, chunks);
  const { size } = layoutOf(params);
  const mean = new Float64Array(size);
  const secondMoment = new Float64Array(size);
  for (const chunk of chunks) {
    const added = addMoments(chunk, params, mean, secondMoment);
    if (!added) return undefined;
  }
  const variance = secondMoment.map((square, k) => Math.max(0, square - mean[k]! ** 2));
  const moments = momentsOf(mean, secondMoment, variance);
  return Number.isFinite(moments.totalVariance) ? moments : undefined;
}

/** Adds a chunk's part of Σ w·g and Σ w·g². @returns whether its loss has the form */
function addMoments<P extends ParameterTree>(
  { loss, weight, samples }: MeanLossChunk<P>,
  params: P,
  mean: Float64Array,
  secondMoment: Float64Array,
): boolean {
  const tape = new Tape("one");
  let result: Tensor | undefined;
  let slopes: ReadonlyMap<Value, Tensor> = new Map();
  try {
    const recorded = recordForward(tape, loss, params, "the loss");
    result = recorded.result;
    const chain = denseChain(tape.nodes, recorded.leaves);
    if (chain === undefined || chain[0]!.output.shape[0] !== samples) return false;
    const seed: [Value, Tensor] = [tape.valueOf(result)!, ones(result.shape)];
    slopes = tape.backward(
      [seed],
      tape.length,
      chain.map(({ output }) => output),
    );
    const offsets = offsetsOf(recorded.leaves);
    const add = (leaf: Value, sums: Tensor, squares: Tensor) => {
      const from = offsets.get(leaf)!;
      const [first, second] = [sums.dataSync(), squares.dataSync()];
      for (let k = 0; k < first.length; k++) {
        mean[from + k]! += weight * first[k]!;
        secondMoment[from + k]! += weight * samples * second[k]!;
      }
    };
    for (const { leaf, bias, input, output } of chain) {
      const a = input.saved as Tensor2D;
      const d = slopes.get(output) as Tensor2D | undefined;
      // Without influence on the loss: its gradients vanish.
      if (d === undefined) continue;
      const addLayer = () => {
        add(leaf, matMul(transpose(a), d), matMul(transpose(square(a)), square(d)));
        if (bias) add(bias, sum(d, 0), sum(square(d), 0));
      };
      tidy(() => evaluated(addLayer));
    }
    return true;
  } finally {
    dispose([...slopes.values()]);
    tape.dispose();
    result?.dispose();
  }
}

/** Where each leaf begins in the flat vector. */
function offsetsOf(leaves: readonly Value[]): Map<Value, number> {
  let offset = 0;
  return new Map(
    leaves.map((leaf) => {
      const from = offset;
      offset += leaf.shape.reduce((product, size) => product * size, 1);
      return [leaf, from];
    }),
  );
}
