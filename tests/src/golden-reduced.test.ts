import { cifar10, type Dataset } from "@eoss/data/node";
import { float32, lanczos } from "@eoss/eigen";
import { disposeTree, hessian, layoutOf } from "@eoss/hvp";
import { mlp } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backends.js";
import { norm } from "./closeness.js";
import { deterministicParams } from "./deterministicParams.js";
import { recordLoss } from "./recordLoss.js";
import { cifarDir, golden, hasShared } from "./shared.js";

/** The references' own statement for float32, eigenvalues included. */
const TOLERANCE = 1e-4;

const cases = [
  { file: "mlp_mse", width: [512, 512], loss: "mse" },
  { file: "mlp_ce", width: [512, 512], loss: "ce" },
  { file: "mlp_l_mse", width: [512, 512, 512, 512], loss: "mse" },
] as const;

describe.runIf(hasShared)("batches of CIFAR-10 in the spans of dense layers", () => {
  let dataset: Dataset;
  beforeAll(async () => {
    await useBackend("wasm");
    dataset = await cifar10({ dataDir: cifarDir });
  });

  it.each(cases)(
    "$file: loss, gradient, λmax",
    ({ file, width, loss }) => {
      const model = mlp.build(dataset, { width });
      const params = deterministicParams(model, 1000);
      const before = tf.memory().numTensors;
      for (const { first, n, ...expected } of golden(file).batches) {
        // As many samples as there are inputs, or nearly, have nothing to leave out.
        if (n > 512) continue;
        const records = Int32Array.from({ length: n }, (_, index) => first + index);
        const chunks = [{ loss: recordLoss(dataset, model, loss)(records), weight: 1 }];
        const operator = hessian({ params, chunks, reduce: true });
        // Inputs and output gradients of an inner layer count n rows each; 128 are too many.
        const inner = n < 128 ? (width.length - 1) * (512 - 2 * n) * 512 : 0;
        expect(operator.n).toBe(layoutOf(params).size - (3072 - n) * 512 - inner);
        expect(Math.abs(operator.loss / expected.loss - 1)).toBeLessThan(TOLERANCE);
        expect(Math.abs(norm(operator.gradient) / expected.gradNorm - 1)).toBeLessThan(TOLERANCE);
        const { values, vectors, status } = lanczos({ k: 1, rtol: 3e-4, space: float32() })(
          operator,
          { start: Float32Array.from(operator.gradient) },
        );
        expect(status).toBe("converged");
        expect(Math.abs(values[0]! / expected.lambdaMax - 1)).toBeLessThan(TOLERANCE);
        expect(norm(operator.lift(vectors[0]!))).toBeCloseTo(1, 5);
        operator.dispose();
      }
      expect(tf.memory().numTensors).toBe(before);
      disposeTree(params);
    },
    600_000,
  );
});
