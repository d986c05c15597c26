import { cifar10, type Dataset } from "@eoss/data/node";
import { disposeTree } from "@eoss/hvp";
import { mlp } from "@eoss/models";
import { stream } from "@eoss/rng";
import { fitPowerLaw, measure, quantityByName } from "@eoss/sharpness";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backends.js";
import { deterministicParams } from "./deterministicParams.js";
import { drawing } from "./drawing.js";
import { full } from "./forms.js";
import { recordLoss } from "./recordLoss.js";
import { cifarDir, golden, hasShared } from "./shared.js";

/** Batches looked at for each size: a product costs about 0.1 s, a batch about ten. */
const LOOKED_AT: Readonly<Record<number, number>> = full
  ? { 4: 6, 16: 6, 64: 3, 256: 2 }
  : { 4: 2, 16: 2, 64: 1, 256: 1 };

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
  );

  it.runIf(full)(
    "the gap, over the reference's own batches and with the FullBS of its 2,048 records",
    async () => {
      const { fullBS, n, rows } = golden("static_gap_mlp_mse");
      const row = (rows as Row[]).find(({ b }) => b === 16)!;
      const params = deterministicParams(model, 1000);
      const lossOf = recordLoss(dataset, model, "mse");
      const [fullbs, gap] = await measure(
        { params, samples: n, batchSize: 16, lossOf },
        ["fullbs", "gap"].map(quantityByName),
        {
          tolerance: 0.02,
          maxBatches: 8,
          stream: drawing(row.batches, stream(1, "measurement")),
        },
      );
      disposeTree(params);
      const lambda = row.lambdaMax.slice(0, gap!.batches!.length);
      expect(lambda).toHaveLength(8);
      const mean = lambda.reduce((sum, x) => sum + x / 8, 0);
      expect(Math.abs(fullbs!.value - fullBS)).toBeLessThan(fullbs!.errorBound!);
      expect(fullbs!.value / fullBS).toBeGreaterThan(1 - 3e-3);
      expect(Math.abs(gap!.value - (mean - fullBS))).toBeLessThan(gap!.errorBound!);
      expect(Math.abs(gap!.value - (mean - fullBS))).toBeLessThan(3e-3 * mean);
    },
  );

  it("the law of its gaps: the reference's slope, and its error", () => {
    const { rows, slopeLogGapLogB } = golden("static_gap_mlp_mse");
    const points = (rows as { b: number; gap: number; sem: number }[]).map(({ b, gap, sem }) => ({
      batchSize: b,
      value: gap,
      standardError: sem,
    }));
    // The reference gives each point the same weight.
    const alike = points.map((point) => ({ ...point, standardError: 0.1 * point.value }));
    expect(-fitPowerLaw(alike).exponent).toBeCloseTo(slopeLogGapLogB, 9);
    const fit = fitPowerLaw(points);
    expect(fit.interval[0]).toBeLessThan(-slopeLogGapLogB);
    expect(fit.interval[1]).toBeGreaterThan(-slopeLogGapLogB);
    // 32 batches a size say no more than this about the exponent.
    expect(fit.standardError).toBeGreaterThan(0.03);
    expect(fit.standardError).toBeLessThan(0.1);
  });
});
