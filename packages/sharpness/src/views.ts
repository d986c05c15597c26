import { type HessianOperator, hessian, type LossChunk, type ParameterTree } from "@eoss/hvp";
import { tidy } from "@tensorflow/tfjs-core";
import type { Problem } from "./problem.js";

/** Samples that go through the network together; bounds the memory of a product. */
const CHUNK = 1024;

/** The loss of some samples at the parameters, with curvature when it is asked for. */
export interface LossView {
  readonly samples: number;
  /** Loss alone: no gradient is made for it. */
  loss(): number;
  /** The Hessian with loss and gradient; made at the first call, then shared. */
  hessian(): HessianOperator;
  dispose(): void;
}

/** A view on the samples of the given indices. */
export function viewOf(problem: Problem, indices: Int32Array): LossView {
  const chunks = chunksOf(problem, indices);
  let operator: HessianOperator | undefined;
  return {
    samples: indices.length,
    loss: () => operator?.loss ?? meanLoss(problem.params, chunks),
    hessian: () => (operator ??= hessian({ params: problem.params, chunks })),
    dispose() {
      operator?.dispose();
      operator = undefined;
    },
  };
}

/** A view on all n samples. */
export function fullView(problem: Problem): LossView {
  return viewOf(
    problem,
    Int32Array.from({ length: problem.samples }, (_, index) => index),
  );
}

/** The mean loss of some samples as a weighted sum over parts that fit into memory. */
export function chunksOf(problem: Problem, indices: Int32Array): LossChunk<ParameterTree>[] {
  const chunks: LossChunk<ParameterTree>[] = [];
  for (let start = 0; start < indices.length; start += CHUNK) {
    const part = indices.subarray(start, start + CHUNK);
    chunks.push({ loss: problem.lossOf(part), weight: part.length / indices.length });
  }
  return chunks;
}

function meanLoss(params: ParameterTree, chunks: readonly LossChunk<ParameterTree>[]): number {
  return chunks.reduce(
    (sum, { loss, weight }) => sum + weight * tidy(() => loss(params).dataSync()[0]!),
    0,
  );
}
