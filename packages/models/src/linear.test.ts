import { gaussNewton, hessian, mse } from "@eoss/hvp";
import { linear, type Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import "../test/backend.js";

// With f = x·W + β the Hessian of the squared error is 2/n·Σ x̃x̃ᵀ for each output, x̃ = (x, 1).
it("has the closed-form Hessian everywhere, equal to its Gauss–Newton matrix", () => {
  const samples = [
    [1, 2],
    [-1, 0.5],
    [3, -2],
  ];
  const model = linear.build({ inputShape: [2], classes: 2 });
  const params: Params = {
    "dense1.kernel": tf.tensor2d([0.3, -1, 2, 0.7], [2, 2]),
    "dense1.bias": tf.tensor1d([0.1, -0.4]),
  };
  const x = tf.tensor2d(samples);
  const y = tf.tensor2d([1, 0, 0, 1, 1, 0], [3, 2]);
  const outputs = (p: Params) => model.apply(p, x);
  // Parameters in order: W₁₁, W₁₂, W₂₁, W₂₂, β₁, β₂; second index (and that of β) the output.
  const expected = Array.from({ length: 6 }, (_, i) =>
    Array.from({ length: 6 }, (_, j) => {
      if (i % 2 !== j % 2) return 0;
      const part = (k: number, sample: number[]) => [...sample, 1][Math.floor(k / 2)]!;
      return (2 / 3) * samples.reduce((sum, s) => sum + part(i, s) * part(j, s), 0);
    }),
  );
  const operators = [
    hessian({ params, chunks: [{ loss: (p: Params) => mse(outputs(p), y), weight: 1 }] }),
    gaussNewton({ params, head: mse, chunks: [{ outputs, targets: y, weight: 1 }] }),
  ];
  for (const operator of operators) {
    for (let i = 0; i < 6; i++) {
      const [unit, out] = [new Float64Array(6), new Float64Array(6)];
      unit[i] = 1;
      operator.apply(unit, out);
      for (let j = 0; j < 6; j++) expect(out[j]).toBeCloseTo(expected[i]![j]!, 5);
    }
    operator.dispose();
  }
  tf.dispose([...Object.values(params), x, y]);
});
