import { parseTrainConfig, type Run } from "@eoss/run";
import { describe, expect, it } from "vitest";
import type { StaticJob } from "./jobs.js";
import {
  curveByProducts,
  networkCosts,
  networkOf,
  productRun,
  runByProducts,
} from "./productCosts.js";

const settings = (own: Record<string, unknown> = {}) =>
  parseTrainConfig({
    ...{ data: "digits", samples: 1000, model: "mlp", lr: 0.1, batch: 10, steps: 8 },
    ...{ "max-batches": 32, ...own },
  });
const network = { call: 0.002, sample: 0.0001, step: 0.5 };
/** Of a product over so many samples. */
const product = (samples: number) => 0.002 + 0.0001 * samples;

const run = (records: ReadonlyArray<{ quantity: string; seconds: number }>) =>
  ({
    records: records.map((record) => ({ products: 1, ...record })),
    manifest: { dataset: { samples: 16 }, batchSize: 4 },
  }) as unknown as Run;

describe("costs by products", () => {
  it("are a line through products of two sizes, the shortest of each", () => {
    const record = (quantity: string, seconds: number) => ({ quantity, seconds });
    const records = [
      ...[record("step-sharpness", 9), record("step-batch-sharpness", 7), record("step-loss", 8)],
      ...[record("step-sharpness", product(16)), record("step-batch-sharpness", product(4))],
      record("step-loss", product(4) / 2),
      // Of a search the seconds of one product count.
      { ...record("fullbs", 20 * product(16)), products: 20 },
    ];
    const costs = networkCosts(run(records));
    for (const [name, value] of Object.entries(network)) {
      expect(costs[name as keyof typeof costs]).toBeCloseTo(value, 10);
    }
  });

  it("of a product that seems not to grow grow by an eighth of it at least", () => {
    const records = ["step-sharpness", "step-batch-sharpness", "step-loss"].map((quantity) => ({
      ...{ quantity, seconds: 0.016 },
    }));
    const { sample, call, step } = networkCosts(run(records));
    expect([sample, call, step]).toEqual([0.000125, 0.014, 1]);
  });

  it("are measured with more samples where few are quick", () => {
    const sizes = (known?: typeof network, own = {}) => {
      const { samples, batch } = productRun(settings(own), known) ?? {};
      return [samples, batch];
    };
    expect(sizes()).toEqual([16, 4]);
    expect(sizes(network)).toEqual([512, 64]);
    expect(sizes(network, { samples: 40 })).toEqual([40, 10]);
    expect(productRun(settings(), { ...network, call: 0.1 })).toBeUndefined();
  });

  it("are the geometric mean of the least and the most products that a quantity says", () => {
    const seconds = (measure: readonly string[], own = {}) =>
      runByProducts(network, settings({ measure, ...own })).measurement;
    expect(seconds(["fullbs"])).toBeCloseTo(Math.sqrt(8 * 30) * product(1000), 10);
    expect(seconds(["loss"])).toBeCloseTo(product(1000), 10);
    expect(seconds(["batch-sharpness"])).toBeCloseTo(Math.sqrt(8 * 32) * product(10), 10);
    expect(seconds(["gauss-newton"])).toBeCloseTo(Math.sqrt(8 * 8 * 25 * 32) * product(10), 10);
    expect(seconds(["gni"])).toBeCloseTo(Math.sqrt(8 * 32) * product(1000), 10);
    expect(seconds(["step-batch-sharpness"])).toBeCloseTo(product(10), 10);
    // The full batch is one batch.
    expect(seconds(["batch-sharpness"], { batch: "full" })).toBeCloseTo(product(1000), 10);
    expect(seconds(["fullbs", "loss"])).toBeCloseTo(seconds(["fullbs"]) + seconds(["loss"]), 10);
  });

  it("of a step are in proportion to what it looks at", () => {
    const step = (own = {}) => runByProducts(network, settings(own)).step;
    expect(step()).toBeCloseTo(product(10) / 2, 10);
    expect(step({ batch: "full" })).toBeCloseTo(product(1000) / 2, 10);
    expect(step({ noise: "isotropic" })).toBeCloseTo(product(1000) / 2, 10);
  });

  it("of a curve are those of every batch that it may draw", () => {
    const curve = (batches?: readonly number[]) =>
      curveByProducts(
        network,
        { spec: { batches, settings: { "max-batches": 8 } } } as unknown as StaticJob,
        settings({ samples: 40 }),
      );
    const fullbs = Math.sqrt(8 * 30) * product(40);
    const minibs = (b: number) => 8 * Math.sqrt(2 * 25) * product(b);
    expect(curve([4, 16])).toEqual({
      step: 0,
      measurement: expect.closeTo(fullbs + minibs(4) + minibs(16), 9),
    });
    const all = [1, 2, 4, 8, 16].reduce((sum, b) => sum + minibs(b), fullbs);
    expect(curve().measurement).toBeCloseTo(all, 9);
  });

  it("are the same for runs that differ in nothing that a product sees", () => {
    expect(networkOf(settings({ lr: 1, batch: 3, seed: 4 }))).toBe(networkOf(settings()));
    expect(networkOf(settings({ width: [7] }))).not.toBe(networkOf(settings()));
  });
});
