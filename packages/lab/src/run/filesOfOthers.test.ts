import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readManifest } from "@eoss/lab";
import type { MetricRecord } from "@eoss/run";
import { describe, expect, it } from "vitest";
import { newFolders, tinyConfig, untimedLines } from "./testRuns.fixture.js";
import { train } from "./train.js";

// Files that the programs wrote whose files people have; packages/data/scripts/make-fixtures.py says how.
const dataDir = fileURLToPath(new URL("../../../data/test/fixtures/", import.meta.url));
const newFolder = newFolders("files-of-others");

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
/** The images [8, 6, 3] of the first 18 samples, as make-fixtures.py makes them. */
const pixels = range(18).map((i) =>
  range(8 * 6 * 3).map(
    (at) =>
      (31 * i + 17 * Math.floor(at / 18) + 7 * (Math.floor(at / 3) % 6) + 53 * (at % 3)) % 256,
  ),
);
const greys = pixels.map((sample) => sample.filter((_, at) => at % 3 === 0));
const flowers = range(24).map((i) => [i / 4, -(i ** 2), i % 2]);
const diabetes = readFileSync(join(dataDir, "diabetes.csv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split(",").slice(0, 10).map(Number));

/** File, inputs as they should be read, how many columns are standardised apart, and the task. */
const FILES: [string, number[][], number, string][] = [
  ["images.npz", pixels, 3, "classification"],
  ["flowers.csv", flowers, 3, "classification"],
  ["idx/train-images-idx3-ubyte.gz", greys, 1, "classification"],
  ["./images/", pixels, 3, "classification"],
  ["./hub/", pixels, 3, "classification"],
  ["diabetes.csv", diabetes, 10, "regression"],
];

/** The samples with mean 0 and deviation 1 in each column, c, c + columns, …; and a 1 for the bias. */
function standardised(samples: number[][], columns: number): number[][] {
  const stats = range(columns).map((c) => {
    const own = samples.flatMap((sample) => sample.filter((_, at) => at % columns === c));
    const mean = own.reduce((sum, x) => sum + x, 0) / own.length;
    return { mean, std: Math.sqrt(own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / own.length) };
  });
  return samples.map((sample) => [
    ...sample.map((x, at) => (x - stats[at % columns]!.mean) / stats[at % columns]!.std),
    1,
  ]);
}

/** The largest eigenvalue of 2/n Σ x xᵀ, the Hessian of the squared error of a linear model. */
function largest(samples: number[][]): number {
  let v = range(samples[0]!.length).map((at) => Math.sin(at + 1));
  let value = 0;
  for (let k = 0; k < 300; k++) {
    const next = v.map(() => 0);
    for (const x of samples) {
      const dot = x.reduce((sum, a, at) => sum + a * v[at]!, 0);
      for (const at of next.keys()) next[at]! += (2 / samples.length) * dot * x[at]!;
    }
    value = Math.hypot(...next);
    v = next.map((a) => a / value);
  }
  return value;
}

describe("a file is trained on and measured, with the curvature of its samples", () => {
  it.each(FILES)("%s", async (data, samples, columns, task) => {
    const out = newFolder();
    const measure = ["loss", "fullbs", "minibs"];
    const config = tinyConfig({
      ...{ data, "data-dir": dataDir, model: "linear", loss: "mse", "init-scale": undefined },
      ...{ samples: undefined, width: undefined, lr: 1e-4, batch: 6, steps: 4, every: 4, measure },
      ...{ tolerance: 0.01, "max-batches": 12 },
    });
    await train(config, { out });
    const manifest = readManifest(out);
    expect(manifest.dataset).toMatchObject({ samples: samples.length, task });
    const records = untimedLines(out).map((line) => JSON.parse(line) as MetricRecord);
    const of = (name: string) => records.filter(({ quantity }) => quantity === name);
    expect(of("loss").length).toBeGreaterThan(1);
    for (const { value } of of("loss")) expect(value).toBeGreaterThan(0);
    const wanted = largest(standardised(samples, columns));
    expect(of("fullbs").length).toBe(2);
    for (const { value } of of("fullbs")) expect(Math.abs(value! / wanted - 1)).toBeLessThan(1e-3);
    for (const { value } of of("minibs")) expect(value).toBeGreaterThanOrEqual(0.999 * wanted);
  });
});
