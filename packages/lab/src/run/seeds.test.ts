import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fork, measureAt, readRun, resume, train } from "@eoss/lab";
import { describe, expect, it } from "vitest";
import { dyingAt, newFolders, tinyConfig, untimedLines } from "./testRuns.fixture.js";

const newFolder = newFolders("seeds");

async function run(settings: Record<string, unknown> = {}) {
  const out = newFolder();
  await train(tinyConfig({ measure: ["loss"], "max-batches": 8, ...settings }), { out });
  return out;
}

const thetaAt = (directory: string, step: number) =>
  readFileSync(join(directory, "checkpoints", `step-${step}.safetensors`));

const linesOf = (directory: string, quantity: string) =>
  untimedLines(directory).filter((line) => line.includes(`"quantity":"${quantity}"`));

describe("a run with seeds of its own", () => {
  it("for measurements is the same run, measured on other batches", async () => {
    const small = { measure: ["loss", "batch-sharpness"], samples: 60, width: [4] };
    const plain = await run(small);
    const other = await run({ ...small, "measure-seed": 8 });
    expect(thetaAt(other, 24)).toEqual(thetaAt(plain, 24));
    expect(linesOf(other, "loss")).toEqual(linesOf(plain, "loss"));
    expect(linesOf(other, "batch-sharpness")).not.toEqual(linesOf(plain, "batch-sharpness"));
    const again = await measureAt(plain, 8, { "measure-seed": 8, measure: ["batch-sharpness"] });
    const [near, far] = [other, plain].map((out) => {
      const own = readRun(out).records.filter(({ quantity }) => quantity === "batch-sharpness");
      return Math.abs(again.measurements[0]!.value! / own[1]!.value! - 1);
    });
    expect(near).toBeLessThan(1e-6);
    expect(far).toBeGreaterThan(0.01);
  });

  it("names them in run.json and in the command that repeats it", async () => {
    const seeds = { "init-seed": 1, "order-seed": 2, "data-seed": 3, "measure-seed": 4 };
    const { manifest } = readRun(await run({ ...seeds, measure: [] }));
    expect(manifest.seeds).toMatchObject({ seed: 5, init: 1, order: 2, data: 3, measure: 4 });
    expect(manifest.command).toContain(
      "--seed 5 --init-seed 1 --order-seed 2 --data-seed 3 --measure-seed 4",
    );
    expect(readRun(await run({ measure: [] })).manifest.seeds).not.toHaveProperty("init");
  });

  it("is resumed with them", async () => {
    const seeds = { "init-seed": 1, "order-seed": 2, "data-seed": 3, "measure-seed": 4 };
    const whole = await run({ ...seeds, "checkpoint-every": 6 });
    const out = newFolder();
    const config = tinyConfig({ ...seeds, measure: ["loss"], "checkpoint-every": 6 });
    await expect(train(config, { out, ...dyingAt(14) })).rejects.toThrow("killed");
    await resume(out);
    expect(untimedLines(out)).toEqual(untimedLines(whole));
    expect(thetaAt(out, 24)).toEqual(thetaAt(whole, 24));
  });

  it("for the data has other samples, and the same network", async () => {
    const [plain, other] = await Promise.all([run({ measure: [] }), run({ "data-seed": 1 })]);
    const [one, two] = [plain, other].map((out) => readRun(out).manifest.fingerprints!);
    expect(two!["initial weights"]).toBe(one!["initial weights"]);
    const data = (prints: Readonly<Record<string, string>>) =>
      Object.entries(prints).filter(([name]) => name.includes("training"));
    expect(data(two!)).not.toEqual(data(one!));
    expect(readRun(await run({ "data-seed": 0, measure: [] })).manifest.fingerprints).toEqual({
      ...one,
      settings: expect.any(String),
    });
  });

  it("is forked onto another order, and keeps the others", async () => {
    const parent = await run({ "init-seed": 1 });
    const out = newFolder();
    await fork(parent, { "order-seed": 9, settings: { "measure-seed": 7 } }, { at: 12, out });
    const intervened = await run({
      ...{ "init-seed": 1, intervene: ["at=12 order-seed=9"], "measure-seed": 7 },
    });
    const from12 = untimedLines(intervened).filter((line) => JSON.parse(line).step >= 12);
    expect(untimedLines(out)).toEqual(from12);
    expect(thetaAt(out, 24)).toEqual(thetaAt(intervened, 24));
    expect(thetaAt(out, 24)).not.toEqual(thetaAt(parent, 24));
  });

  it("is refused where a seed draws nothing", async () => {
    await expect(run({ samples: undefined, "data-seed": 1 })).rejects.toThrow(
      /data-seed 1 draws nothing: all 1797 samples of digits/,
    );
  });

  it("draws made data and the held-out part with that of the data", async () => {
    const spirals = { data: "spirals", samples: undefined, measure: [] };
    const [one, two] = [await run(spirals), await run({ ...spirals, "data-seed": 1 })];
    expect(readRun(two).manifest.fingerprints).not.toEqual(readRun(one).manifest.fingerprints);
  });
});
