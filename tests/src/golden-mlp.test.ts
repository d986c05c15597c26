import { cifar10, type Dataset } from "@eoss/data/node";
import { disposeTree, linearize, mapTree } from "@eoss/hvp";
import { mlp, type Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "./backends.js";
import { norm, relativeError } from "./closeness.js";
import { deterministicParams } from "./deterministicParams.js";
import { full } from "./forms.js";
import { recordLoss } from "./recordLoss.js";
import { cifarDir, golden, hasShared } from "./shared.js";
import { topEigenvalue } from "./topEigenvalue.js";

/** The references' own statement for float32 on these networks. */
const TOLERANCE = 1e-4;
const EIGENVALUE_TOLERANCE = 1e-3;

interface Batch {
  readonly first: number;
  readonly last: number;
  readonly n: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly gradNormPerTensor: number[];
  readonly gradFirst16PerTensor: number[][];
  readonly HvNorm: number;
  readonly HvNormPerTensor: number[];
  readonly HvFirst16PerTensor: number[][];
  readonly vHv: number;
  readonly lambdaMax: number;
}

const cases = [
  { file: "mlp_mse", width: [512, 512], loss: "mse" },
  { file: "mlp_ce", width: [512, 512], loss: "ce" },
  { file: "mlp_l_mse", width: [512, 512, 512, 512], loss: "mse" },
] as const;

/** Elsewhere a product of 1,024 samples takes ten seconds, or the eigenvalues would be wasm's again. */
const SMALL_BATCH = 16;

describe.runIf(hasShared).each(full ? backends : ["wasm"])(
  "CIFAR-10 references on %s",
  (backend) => {
    let dataset: Dataset;
    beforeAll(async () => {
      await useBackend(backend);
      dataset = await cifar10({ dataDir: cifarDir });
    });

    it.each(cases)(
      "$file: loss, gradient, product, λmax",
      ({ file, width, loss }) => {
        const model = mlp.build(dataset, { width });
        const params = deterministicParams(model, 1000);
        const before = tf.memory().numTensors;
        for (const expected of golden(file).batches as Batch[]) {
          const { first, n } = expected;
          if ((backend !== "wasm" || !full) && n > SMALL_BATCH) continue;
          const records = Int32Array.from({ length: n }, (_, index) => first + index);
          const linearization = linearize(recordLoss(dataset, model, loss)(records), params);
          expect(linearization.loss.dataSync()[0]! / expected.loss).toBeCloseTo(1, 5);

          const gradient = linearization.gradient;
          compare(
            gradient,
            expected.gradNormPerTensor,
            expected.gradFirst16PerTensor,
            expected.gradNorm,
          );
          const v = mapTree(gradient, (g) => tf.div(g, expected.gradNorm));
          const product = linearization.hvp(v);
          compare(product, expected.HvNormPerTensor, expected.HvFirst16PerTensor, expected.HvNorm);
          expect(dot(v, product) / expected.vHv).toBeCloseTo(1, 4);

          const lambdaMax = topEigenvalue(linearization, params);
          expect(Math.abs(lambdaMax / expected.lambdaMax - 1)).toBeLessThan(EIGENVALUE_TOLERANCE);
          disposeTree(v);
          disposeTree(product);
          linearization.dispose();
        }
        expect(tf.memory().numTensors).toBe(before);
        disposeTree(params);
      },
      600_000,
    );
  },
);

/** Norms and first entries of each tensor, relative to the norm of the whole vector. */
function compare(tree: Params, norms: number[], firsts: number[][], whole: number): void {
  Object.values(tree).forEach((tensor, index) => {
    const values = tensor.dataSync();
    expect(Math.abs(norm(values) - norms[index]!) / whole).toBeLessThan(TOLERANCE);
    const first = [...values.slice(0, firsts[index]!.length)];
    const error = relativeError(first, firsts[index]!) * norm(firsts[index]!);
    expect(error / whole).toBeLessThan(TOLERANCE);
  });
}

function dot(a: Params, b: Params): number {
  let sum = 0;
  for (const [name, tensor] of Object.entries(a)) {
    const x = tensor.dataSync();
    const y = b[name]!.dataSync();
    for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  }
  return sum;
}
