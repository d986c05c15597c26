import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "@eoss/run";
import { quantile } from "@eoss/sharpness/internal";
import { beforeAll, describe, expect, it } from "vitest";
import { newFolders, tiny } from "../../../lab/src/run/testRuns.fixture.js";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { compare, type VariantComparison } from "./compare.js";
import { comparedRuns } from "./runs.js";
import { settledValueOf } from "./settledValue.js";
import { variantsOf } from "./variants.js";

const newFolder = newFolders("compare");
const { batch: _, ...base } = { ...tiny, measure: ["fullbs", "loss"], width: [6], every: 2 };

describe("the runs of a comparison", () => {
  it("are all combinations of what has several values", () => {
    const runs = comparedRuns({ base, grid: { batch: [4, 8], seed: [1, 2] } });
    expect([...runs.keys()]).toEqual(["b4-seed1", "b4-seed2", "b8-seed1", "b8-seed2"]);
    expect(runs.get("b8-seed2")).toMatchObject({ batch: 8, seed: 2, width: [6] });
  });

  it("are the variants of a file, with what is given in place of what it says", () => {
    const folder = newFolder();
    mkdirSync(folder);
    const file = join(folder, "variants.yaml");
    writeFileSync(
      file,
      "base: { data: digits, lr: 0.1, steps: 10 }\ngrid: { batch: [4, 8] }\nlist: { a: { width: [3] }, b: { width: [4] } }\n",
    );
    expect([...comparedRuns({ base: {}, grid: {} }, file).keys()]).toHaveLength(4);
    const runs = comparedRuns({ base: { batch: 16, lr: 0.2 }, grid: {} }, file);
    expect([...runs].map(([name, { batch, lr }]) => [name, batch, lr])).toEqual([
      ["a", 16, 0.2],
      ["b", 16, 0.2],
    ]);
    writeFileSync(file, "base: { data: digits, lr: fast, steps: 10 }\ngrid: { batch: [4, 8] }\n");
    expect(() => comparedRuns({ base: {}, grid: {} }, file)).toThrow(/variants\.yaml:1: base\.lr/);
  });

  it("are two at least, and what is missing is a flag", () => {
    expect(() => comparedRuns({ base: { ...base, batch: 4 }, grid: {} })).toThrow(
      /there is only one run/,
    );
    const { lr: __, ...without } = base;
    const grid = { batch: [4, 8] };
    expect(() => comparedRuns({ base: without, grid })).toThrow(/^--lr .* is missing/);
  });
});

describe("a level over seeds", () => {
  const reading = (value: number) => ({ value, standardError: 0.1, margin: 0.2, errorBound: 0.01 });

  it("of one run is its plateau", () => {
    const { value, margin } = settledValueOf([reading(3)]);
    expect([value, margin]).toEqual([3, expect.closeTo(0.21, 12)]);
  });

  it("of several has the interval of their scatter", () => {
    const { value, margin } = settledValueOf([reading(1), reading(2), reading(6)]);
    // Deviations −2, −1, 3: s² = 14/2, se = √(7/3).
    expect(value).toBeCloseTo(3, 12);
    expect(margin).toBeCloseTo(quantile(2) * Math.sqrt(7 / 3) + 0.01, 10);
  });

  it("says why it is none", () => {
    const level = settledValueOf([
      reading(1),
      { ...reading(Number.NaN), unsettled: "the run diverged" },
    ]);
    expect(level).toEqual({ value: null, margin: null, note: "1 of 2 runs: the run diverged" });
  });
});

describe("a difference", () => {
  /** A run and its twin, which lies higher by as much in units of 2/η at each step. */
  const twins = (seed: number, levels: { minibs: number; fullbs: number }, shift: number) => {
    const run = syntheticRun({ seed, levels });
    const noisy = { ...run.manifest.config, noise: "isotropic" };
    const records = run.records.map((record) =>
      record.quantity === "minibs" ? { ...record, value: record.value! + 10 * shift } : record,
    );
    return [run, { ...run, records, manifest: { ...run.manifest, config: noisy } }] as const;
  };

  it("leaves out what both runs have in common", () => {
    const [, twin] = variantsOf(twins(1, { minibs: 1.1, fullbs: 0.5 }, 0.05));
    const { level, difference } = twin!.quantities.minibs!;
    expect(difference!.value).toBeCloseTo(0.05, 9);
    expect(difference!.margin).toBeLessThan(1e-6);
    expect(level.margin).toBeGreaterThan(0.005);
  });

  it("is taken seed by seed", () => {
    const [a, b] = twins(1, { minibs: 1.1, fullbs: 0.5 }, 0.05);
    const [c, d] = twins(2, { minibs: 1.5, fullbs: 0.5 }, 0.07);
    const [first, second] = variantsOf([a, c, b, d]);
    expect(first!.runs.map(({ seed }) => seed)).toEqual([1, 2]);
    const { level, difference } = second!.quantities.minibs!;
    expect(difference!.value).toBeCloseTo(0.06, 9);
    // Two values 0.02 apart: s/√2 = 0.01.
    expect(difference!.margin).toBeCloseTo(quantile(1) * 0.01, 6);
    expect(level.margin).toBeGreaterThan(1);
  });
});

describe("a difference from a run that settles nowhere", () => {
  const [plain, twin] = ["none", "isotropic"].map((noise) => {
    const run = syntheticRun({ seed: 1, levels: { minibs: 1.1, fullbs: 0.5 } });
    const config = { ...run.manifest.config, noise };
    return { ...run, manifest: { ...run.manifest, config } };
  });
  const collapsed = (run: Run): Run => ({
    ...run,
    manifest: { ...run.manifest, collapsed: 400 },
  });
  const diverged = (run: Run): Run => ({
    ...run,
    manifest: { ...run.manifest, end: { ...run.manifest.end!, reason: "diverged" } },
  });

  it.each([
    ["collapsed", collapsed, /collapsed by step 400/],
    ["diverged", diverged, /diverged/],
  ] as const)("is none, on either side: %s", (_, fail, why) => {
    for (const runs of [
      [fail(plain!), twin!],
      [plain!, fail(twin!)],
    ]) {
      const [, second] = variantsOf(runs);
      for (const { difference } of Object.values(second!.quantities)) {
        expect(difference).toMatchObject({ value: null, note: expect.stringMatching(why) });
      }
    }
  });
});

describe("runs that differ in seeds of their own", () => {
  const of = (level: number, init: number, noise: string) => {
    const run = syntheticRun({ seed: 1, levels: { minibs: level, fullbs: 0.5 } });
    const { config, seeds } = run.manifest;
    const own = { config: { ...config, "init-seed": init, noise }, seeds: { ...seeds, init } };
    return { ...run, manifest: { ...run.manifest, ...own } };
  };

  it("are repetitions of a variant, and pair off by all their seeds", () => {
    const [first, second] = variantsOf([
      ...[of(1.1, 1, "none"), of(1.5, 2, "none")],
      ...[of(1.5, 2, "isotropic"), of(1.1, 1, "isotropic")],
    ]);
    expect([first!.runs.length, second!.runs.length]).toEqual([2, 2]);
    // Paired by the seed alone, they would be 0.4 apart.
    expect(second!.quantities.minibs!.difference!.margin).toBeLessThan(1e-6);
    // Both have the same seeds, in another order.
    expect(second!.settings).toEqual({ noise: "isotropic" });
    const [, other] = variantsOf([of(1.1, 1, "none"), of(1.5, 2, "isotropic")]);
    expect(other!.settings).toEqual({ "init-seed": 2, noise: "isotropic" });
  });
});

describe("a comparison", () => {
  const out = newFolder();
  const runs = comparedRuns({ base, grid: { noise: ["none", "isotropic"], batch: [8] } });
  let result: VariantComparison;
  beforeAll(async () => {
    result = await compare(runs, { out, jobs: 1 });
  });

  it("has one start, a level of each quantity, and differences from the first", () => {
    const [first, second] = result.variants;
    expect([first!.label, second!.label]).toEqual(["b = 8, noise none", "b = 8, noise isotropic"]);
    expect([first!.settings, second!.settings]).toEqual([
      { noise: "none" },
      { noise: "isotropic" },
    ]);
    for (const { quantities } of result.variants) {
      expect(Object.keys(quantities)).toEqual(["fullbs", "loss"]);
      expect(quantities.fullbs!.unit).toBe("threshold");
      expect(quantities.loss!.unit).toBe("none");
    }
    expect(first!.quantities.loss!.difference).toBeUndefined();
    const lossAt = (at: "start" | "end", variant: typeof first) => {
      const text = readFileSync(join(variant!.runs[0]!.directory, "metrics.jsonl"), "utf8");
      const lines = text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      const losses = lines.filter(({ quantity }) => quantity === "loss");
      return losses.at(at === "start" ? 0 : -1).value;
    };
    expect(lossAt("start", second)).toBe(lossAt("start", first));
    expect(lossAt("end", second)).not.toBe(lossAt("end", first));
    const { level, difference } = second!.quantities.loss!;
    expect(difference!.value).toBeCloseTo(level.value! - first!.quantities.loss!.level.value!, 10);
  });

  it("writes a report, and uses again what is there", async () => {
    expect(readFileSync(result.report!, "utf8")).toContain("noise isotropic");
    expect(JSON.parse(readFileSync(join(out, "comparison.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(result.variants)),
    );
    const stamp = () =>
      readFileSync(join(result.variants[0]!.runs[0]!.directory, "run.json"), "utf8");
    const before = stamp();
    await compare(runs, { out, jobs: 1 });
    expect(stamp()).toBe(before);
  });
});
