import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cifar10 } from "@eoss/data/node";
import { beforeAll, describe, expect, it } from "vitest";
import { findShared } from "./shared.js";

const shared = findShared();
if (!shared) console.warn("golden values skipped: no folder ../shared beside the repository");

/** Values of the first records of a real training file, computed in numpy (golden/data.json). */
describe.skipIf(!shared)("cifar10 against golden values", () => {
  let golden: Record<string, number[]>;
  let data: Awaited<ReturnType<typeof cifar10>>;

  beforeAll(async () => {
    golden = JSON.parse(readFileSync(join(shared!, "golden", "data.json"), "utf8"));
    data = await cifar10({ dataDir: join(shared!, "data", "cifar10") });
  });

  const image = (i: number) => data.images.subarray(i * 3072, (i + 1) * 3072);

  it("has the constants and the labels", () => {
    expect(data.samples).toBe(8192);
    expect(data.preprocessing).toMatchObject({ mean: golden.mean, std: golden.std });
    expect(Array.from(data.labels.subarray(0, 64))).toEqual(golden.labelsFirst64);
  });

  it("has the pixels to the last bit of float32", () => {
    expect(Array.from(image(0).subarray(0, 12))).toEqual(golden.record0First12HWC);
    expect(Array.from(image(63).subarray(0, 12))).toEqual(golden.record63First12HWC);
  });

  it("has the sums of raw bytes and the squared norms of 64 images", () => {
    const { mean, std } = data.preprocessing;
    for (let i = 0; i < 64; i++) {
      const raw = image(i).map((x, p) => Math.round((x * std[p % 3]! + mean[p % 3]!) * 255));
      expect(raw.reduce((sum, x) => sum + x, 0)).toBe(golden.rawSumFirst64![i]);
      const normSq = image(i).reduce((sum, x) => sum + x * x, 0);
      expect(Math.abs(normSq / golden.normSqFirst64![i]! - 1)).toBeLessThan(1e-12);
    }
  });
});

describe.skipIf(!shared)("cifar10 on real files", () => {
  it("takes 1,000 balanced samples and the whole test file", async () => {
    const dataDir = join(shared!, "data", "cifar10");
    const some = await cifar10({ dataDir, samples: 1000 });
    const perClass = new Array<number>(10).fill(0);
    for (const label of some.labels) perClass[label]!++;
    expect(perClass).toEqual(new Array(10).fill(100));
    expect((await cifar10({ dataDir, split: "test" })).samples).toBe(2000);
  });
});
