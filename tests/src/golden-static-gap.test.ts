import { cifar10, type Dataset } from "@eoss/data/node";
import { disposeTree } from "@eoss/hvp";
import { mlp } from "@eoss/models";
import { stream } from "@eoss/rng";
import { measure, quantityByName } from "@eoss/sharpness";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backends.js";
import { deterministicParams } from "./deterministicParams.js";
import { recordLoss } from "./recordLoss.js";
import { cifarDir, golden, hasShared } from "./shared.js";

/** Batches looked at for each size: a product costs about 0.1 s, a batch about ten. */
const LOOKED_AT: Readonly<Record<number, number>> = { 4: 6, 16: 6, 64: 3, 256: 2 };

interface Row {
  readonly b: number;
  readonly batches: number[][];
  readonly lambdaMax: number[];
  readonly stepSharpness: number[];
}

describe.runIf(hasShared)("single batches of CIFAR-10, 512-wide MLP", () => {
  const model = mlp.build({ inputShape: [32, 32, 3], classes: 10 });
  let dataset: Dataset;
  beforeAll(async () => {
    await useBackend("wasm");
    dataset = await cifar10({ dataDir: cifarDir });
  });

  it.each([4, 16, 64, 256])(
    "b = %i: minibs and batch-sharpness at their default tolerance",
    async (b) => {
      const row = (golden("static_gap_mlp_mse").rows as Row[]).find((r) => r.b === b)!;
      const params = deterministicParams(model, 1000);
      for (let index = 0; index < LOOKED_AT[b]!; index++) {
        const records = Int32Array.from(row.batches[index]!);
        const lossOf = recordLoss(dataset, model, "mse");
        // A training set that is this batch, so that the batch is the only one to draw.
        const problem = {
          params,
          samples: b,
          batchSize: b,
          lossOf: (indices: Int32Array) => lossOf(indices.map((i) => records[i]!)),
        };
        const [minibs, sharpness] = await measure(
          problem,
          ["minibs", "batch-sharpness"].map(quantityByName),
          { tolerance: 0.02, maxBatches: 8, stream: stream(index, "measurement") },
        );
        const lambda = row.lambdaMax[index]!;
        // Never above λmax but by rounding; below it by far less than the residual.
        expect(minibs!.value / lambda).toBeLessThan(1 + 1e-5);
        expect(minibs!.value / lambda).toBeGreaterThan(1 - 3e-3);
        expect(Math.abs(minibs!.value - lambda)).toBeLessThan(minibs!.errorBound!);
        expect(sharpness!.value / row.stepSharpness[index]!).toBeCloseTo(1, 4);
      }
      disposeTree(params);
    },
    300_000,
  );
});
