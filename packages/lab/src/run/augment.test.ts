import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fork, measureAt, readRun, resume, train } from "@eoss/lab";
import { renderReport } from "@eoss/report";
import { describe, expect, it } from "vitest";
import { dyingAt, newFolders, tinyConfig, untimedLines } from "./testRuns.fixture.js";

const newFolder = newFolders("augment");
const how = {
  augment: "flip crop=2 labels=0.1",
  "label-noise": 0.2,
  measure: ["loss"],
  "checkpoint-every": 6,
};

async function run(settings: Record<string, unknown> = {}) {
  const out = newFolder();
  await train(tinyConfig({ ...how, ...settings }), { out });
  return out;
}

const thetaAt = (directory: string, step: number) =>
  readFileSync(join(directory, "checkpoints", `step-${step}.safetensors`));

describe("a run whose samples are augmented", () => {
  it("is resumed and forked to the last bit, and says what its steps see", async () => {
    const whole = await run({ keep: "all" });
    const killed = newFolder();
    await expect(train(tinyConfig(how), { out: killed, ...dyingAt(14) })).rejects.toThrow("killed");
    await resume(killed);
    expect(untimedLines(killed)).toEqual(untimedLines(whole));
    expect(thetaAt(killed, 24)).toEqual(thetaAt(whole, 24));
    const twin = newFolder();
    await fork(whole, {}, { at: 9, out: twin });
    expect(thetaAt(twin, 24)).toEqual(thetaAt(whole, 24));
    const { manifest } = readRun(whole);
    expect(manifest.dataset.notes!.join("\n")).toMatch(/label noise: 24 of 120 labels/);
    expect(manifest.dataset.notes!.join("\n")).toMatch(
      /flips left to right, shifts by up to 2 pixels, a share of 0.1 .* what is measured is about the samples/,
    );
    expect(renderReport([readRun(whole)])).toContain(
      "what is measured is about the samples as they are",
    );
  });

  it("measures the samples as they are: before the first step, what a run without it measures", async () => {
    const [plain, other] = [await run({ augment: undefined }), await run()];
    expect(untimedLines(other)[0]).toBe(untimedLines(plain)[0]);
    expect(thetaAt(other, 24)).not.toEqual(thetaAt(plain, 24));
    const now = await measureAt(other, 0, { measure: ["loss"] });
    expect(now.measurements[0]!.value).toBe(readRun(other).records[0]!.value);
  });

  it("takes all samples anew at each step of full batches and of noise, with the order's seed", async () => {
    const full = { batch: "full", steps: 4 };
    const ends = [];
    for (const more of [{}, { "order-seed": 1 }, { augment: undefined }]) {
      ends.push(thetaAt(await run({ ...full, ...more }), 4).toString("hex"));
    }
    expect(new Set(ends).size).toBe(3);
    const noisy = { noise: "isotropic", steps: 2 };
    const [one, two] = [await run(noisy), await run({ ...noisy, augment: undefined })];
    expect(thetaAt(one, 2)).not.toEqual(thetaAt(two, 2));
  });

  it("is refused in words", async () => {
    await expect(run({ data: "spirals", augment: "flip" })).rejects.toThrow(
      /flips and crops are for images.*spirals has shape \[1,2,1\]/,
    );
    await expect(run({ augment: "flip blur=2" })).rejects.toThrow(
      /blur=2 is no augmentation; allowed: flip/,
    );
    await expect(run({ augment: "crop=9" })).rejects.toThrow(
      /crop of augment is 9; allowed: .* 1 to 7/,
    );
    await expect(run({ augment: "crop=2 crop=3" })).rejects.toThrow(/crop stands there twice/);
    await expect(run({ "label-noise": 1.5 })).rejects.toThrow(/label-noise/);
    await expect(run({ data: "two-point", samples: undefined, batch: 1 })).rejects.toThrow(
      /two-point has one class/,
    );
  });
});
