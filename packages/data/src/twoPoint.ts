import { assemble } from "./assemble.js";
import { checkSplit, type Dataset, DatasetError, type SplitOptions } from "./dataset.js";
import type { LoadedData } from "./define.js";

/**
 * The two orthogonal unit inputs of the paper's toy model (appendix F), e₁ and e₂. There is one class,
 * so the one-hot target of both is 1 and a network has one output: with squared error the minimum of
 * f(x) = Σ_k a_k·b_k·x_k is a_k·b_k = 1.
 *
 * @throws DatasetError if more than two samples are asked for, or held-out ones: there are none
 * @example
 * twoPoint().images; // Float32Array [1, 0, 0, 1]
 */
export function twoPoint(options: SplitOptions = {}): Dataset {
  checkSplit("two-point", options);
  if (options.split === "test") {
    throw new DatasetError("two-point has two samples, both for training; nothing is held out");
  }
  return assemble("two-point", loadTwoPoint(), options);
}

export function loadTwoPoint(): LoadedData {
  return {
    inputShape: [1, 2, 1],
    task: { kind: "classification", classes: 1 },
    train: { inputs: Float32Array.of(1, 0, 0, 1), labels: new Uint8Array(2) },
    source: "the unit vectors e₁ and e₂ of the plane, both with the target 1",
  };
}
