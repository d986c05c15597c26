import {
  chunkRanges,
  disposeTree,
  gradient,
  type Jacobian,
  jacobian,
  type LossHead,
  type ParameterTree,
} from "@eoss/hvp";
import { PairwiseSums } from "@eoss/hvp/internal";
import { mul, type Scalar, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { ChunkLosses } from "./chunkLosses.js";
import { CHUNK_SIZE, type NoiseProblem } from "./problem.js";

/** Some samples at the end of the network. */
export interface OutputsOfChunk {
  /** f, [k, ...]; row 0 is sample `start`. */
  readonly outputs: Tensor;
  /** y, shaped like f. */
  readonly targets: Tensor;
  /** ∂/∂f of the mean loss of these samples: row i is 1/k · ∂ℓ_i/∂f_i. */
  readonly residual: Tensor;
  readonly start: number;
  /** k */
  readonly count: number;
  /** k/n */
  readonly weight: number;
}

/**
 * The mean loss, and products Jᵀ·u of the network's Jacobian with dual vectors at its outputs: one
 * pass forwards over all samples in chunks, and one backwards for each u.
 *
 * @param dualsOf u of a chunk, each shaped like its outputs
 * @returns Σ_chunks Jᵀ·u for each u, shaped like the parameters; the caller disposes them. The loss is a promise
 *   on a backend that gives numbers only later, as WebGPU
 * @throws UnverifiedOpError, TypeError as `linearize` of @eoss/hvp
 */
export function outputGradients<P extends ParameterTree>(
  problem: NoiseProblem<P>,
  dualsOf: (chunk: OutputsOfChunk) => Tensor[],
): { loss: number | Promise<number>; gradients: P[] } {
  const losses = new ChunkLosses();
  const sums: PairwiseSums<P>[] = [];
  for (const range of chunkRanges(problem.samples, problem.chunkSize ?? CHUNK_SIZE)) {
    const indices = Int32Array.from({ length: range.count }, (_, row) => range.start + row);
    // P is of tensors: what is shaped like it is a P.
    const network = jacobian(problem.outputsOf(indices), problem.params) as unknown as Jacobian<P>;
    const targets = problem.targetsOf(indices);
    try {
      const { outputs } = network;
      checkRows(outputs, range.count);
      losses.look({ head: problem.head, outputs, targets });
      const head = headGradient(problem.head, outputs, targets);
      losses.add(head.loss, range.weight);
      const duals = tidy(() => dualsOf({ outputs, targets, residual: head.residual, ...range }));
      head.residual.dispose();
      for (const [k, dual] of duals.entries()) {
        sums[k] ??= new PairwiseSums();
        sums[k].add(network.vjp(dual));
      }
      disposeTree(duals);
    } finally {
      targets.dispose();
      network.dispose();
    }
  }
  return { loss: losses.mean(), gradients: sums.map((sum) => sum.total()) };
}

/**
 * The mean loss, and Σ_i w_i ∇ℓ_i for each of some weightings of the samples: one pass forwards,
 * and one backwards for each weighting. The loss is a promise on a backend that gives numbers only later, as WebGPU.
 *
 * @param weightings w, each [n]
 */
export function weightedGradients<P extends ParameterTree>(
  problem: NoiseProblem<P>,
  weightings: readonly Float64Array[],
): { loss: number | Promise<number>; gradients: P[] } {
  return outputGradients(problem, ({ residual, start, count }) =>
    weightings.map((weights) => {
      const rows = weights.subarray(start, start + count).map((w) => w * count);
      const shape = residual.shape.map((_, axis) => (axis === 0 ? count : 1));
      return mul(residual, tensor(Float32Array.from(rows), shape));
    }),
  );
}

/** Loss and ∂L/∂f of a head; the caller disposes both. */
export function headGradient(
  head: LossHead,
  outputs: Tensor,
  targets: Tensor,
): { loss: Scalar; residual: Tensor } {
  const made = gradient(([f]: readonly Tensor[]) => head(f!, targets), [outputs]);
  return { loss: made.loss, residual: made.gradient[0]! };
}

/** Rows of another number would give weights to the wrong samples. */
function checkRows({ shape }: Tensor, count: number): void {
  if (shape[0] === count) return;
  throw new RangeError(
    `the outputs of ${count} samples have shape [${shape}]; its first number must be ${count}, one row for each sample`,
  );
}
