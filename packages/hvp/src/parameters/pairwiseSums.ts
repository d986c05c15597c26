import { add, type Tensor } from "@tensorflow/tfjs-core";
import { mapTree, type ParameterTree } from "./parameters.js";

/**
 * Sums of trees in float32 in which what is added is of like size, so that each number takes part in
 * log2 of as many additions as there are terms.
 *
 * @see Higham (1993), The accuracy of floating point summation, on pairwise summation
 */
export class PairwiseSums<P extends ParameterTree> {
  /** Sums of 2^k terms each, k falling. */
  readonly #parts: Array<{ readonly terms: number; readonly sum: P }> = [];

  /** Consumes the tree. */
  add(tree: P): void {
    let terms = 1;
    let sum = tree;
    while (this.#parts.at(-1)?.terms === terms) {
      sum = addTrees(this.#parts.pop()!.sum, sum);
      terms *= 2;
    }
    this.#parts.push({ terms, sum });
  }

  /** Of what was added, at least one tree; the caller disposes it. */
  total(): P {
    const sums = this.#parts.splice(0).map(({ sum }) => sum);
    return sums.reduceRight((total, sum) => addTrees(sum, total));
  }
}

/** sum + part; consumes both trees, tensor by tensor. */
export function addTrees<P extends ParameterTree>(sum: P, part: P): P {
  const before = Object.values(sum) as Tensor[];
  return mapTree(part, (g, index) => {
    const total = add(before[index]!, g);
    before[index]!.dispose();
    g.dispose();
    return total;
  });
}
