import { ones, type Tensor, tensor2d } from "@tensorflow/tfjs-core";
import type { LossRecord } from "../derivatives/linearize.js";
import type { Value } from "../tape/tape.js";
import { isEntrywise } from "./denseChain.js";
import { pivotedCholesky } from "./pivotedCholesky.js";

/**
 * B with B·Bᵀ = ∂²L/∂f², block by block, a block for each sample.
 *
 * @param outputs f, [b, C]
 * @returns Bᵀ, [C·b × C]: entry k of row (c, i) is B_i at (k, c)
 */
export function rootOfOutputHessian(record: LossRecord, outputs: Value): Float32Array {
  const [b, classes] = outputs.shape as [number, number];
  const blocks = outputHessian(record, outputs);
  const root = new Float32Array(b * classes * classes);
  for (const [i, block] of blocks.entries()) {
    const { rank, rows } = pivotedCholesky(block);
    for (let c = 0; c < rank; c++) {
      for (let k = 0; k < classes; k++) root[(c * b + i) * classes + k] = rows[k]![c]!;
    }
  }
  return root;
}

/** ∂²L/∂f² of each sample, [b][C][C], for a loss in which samples do not mix. */
function outputHessian({ tape }: LossRecord, outputs: Value): Float64Array[][] {
  const [b, classes] = outputs.shape as [number, number];
  const blocks = Array.from({ length: b }, () =>
    Array.from({ length: classes }, () => new Float64Array(classes)),
  );
  const slope = tape.adjointOf(outputs);
  if (slope === undefined) return blocks;
  /** ∂²L/∂f²·u */
  const product = (u: Tensor): ArrayLike<number> => {
    const image = tape.backward([[slope, u]], tape.length, [outputs]).get(outputs);
    const values = image?.dataSync() ?? new Float32Array(b * classes);
    image?.dispose();
    return values;
  };
  if (isEntrywise(tape.nodes, outputs, slope)) {
    const diagonal = product(ones([b, classes]));
    for (let i = 0; i < b; i++) {
      for (let k = 0; k < classes; k++) blocks[i]![k]![k] = diagonal[i * classes + k]!;
    }
    return blocks;
  }
  for (let c = 0; c < classes; c++) {
    const unit = Float32Array.from({ length: b * classes }, (_, k) => (k % classes === c ? 1 : 0));
    const column = product(tensor2d(unit, [b, classes]));
    for (let i = 0; i < b; i++) {
      for (let k = 0; k < classes; k++) blocks[i]![k]![c] = column[i * classes + k]!;
    }
  }
  return blocks;
}
