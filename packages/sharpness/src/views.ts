import {
  type HessianOperator,
  hessian,
  type LossChunk,
  linearize,
  type ParameterTree,
} from "@eoss/hvp";
import { tidy } from "@tensorflow/tfjs-core";
import type { Problem } from "./problem.js";

/** Samples that go through the network together: at most so many, ... */
const MOST_SAMPLES = 1024;
/** ... and no more than a linearisation of about this size holds. */
const MOST_BYTES = 128 * 2 ** 20;
/** Samples of the larger of two probes, from which the bytes of a sample are told. */
const PROBE = 16;

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
  const whole = indices.length <= PROBE || problem.coupled === true;
  const size = whole ? indices.length : chunkSize(problem);
  for (let start = 0; start < indices.length; start += size) {
    const part = indices.subarray(start, start + size);
    chunks.push({ loss: problem.lossOf(part), weight: part.length / indices.length });
  }
  return chunks;
}

/** What was found out about a loss stays true at other parameters of the same shapes. */
const chunkSizes = new WeakMap<Problem["lossOf"], number>();

/**
 * Samples whose linearisation takes about `MOST_BYTES`. The bytes of one sample are the difference
 * of two small linearisations, in which what all samples share cancels.
 */
function chunkSize({ params, samples, lossOf }: Problem): number {
  const known = chunkSizes.get(lossOf);
  if (known !== undefined) return known;
  const bytesOf = (count: number): number => {
    const first = Int32Array.from({ length: count }, (_, index) => index % samples);
    const linearization = linearize(lossOf(first), params);
    const { bytes } = linearization;
    linearization.dispose();
    return bytes;
  };
  const perSample = (bytesOf(PROBE) - bytesOf(PROBE / 2)) / (PROBE / 2);
  const size = Math.max(1, Math.min(MOST_SAMPLES, Math.floor(MOST_BYTES / Math.max(1, perSample))));
  chunkSizes.set(lossOf, size);
  return size;
}

function meanLoss(params: ParameterTree, chunks: readonly LossChunk<ParameterTree>[]): number {
  return chunks.reduce(
    (sum, { loss, weight }) => sum + weight * tidy(() => loss(params).dataSync()[0]!),
    0,
  );
}
