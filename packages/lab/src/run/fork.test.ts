import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fork, measureAt, readRun, resume, staticAt, train } from "@eoss/lab";
import { ConfigError } from "@eoss/run";
import { describe, expect, it } from "vitest";
import { newestCheckpoint } from "../folder/checkpoint.js";
import { dyingAt, newFolders, tinyConfig, untimedLines } from "./testRuns.fixture.js";

const newFolder = newFolders("fork");

async function run(settings: Record<string, unknown> = {}) {
  const out = newFolder();
  await train(tinyConfig({ "checkpoint-every": 6, keep: "all", ...settings }), { out });
  return out;
}

const from = (lines: readonly string[], step: number) =>
  lines.filter((line) => (JSON.parse(line) as { step: number }).step >= step);

const thetaAt = (directory: string, step: number) =>
  readFileSync(join(directory, "checkpoints", `step-${step}.safetensors`));

describe("a fork", () => {
  it("without changes is the twin of its parent, bit for bit", async () => {
    const parent = await run();
    const out = newFolder();
    const summary = await fork(parent, {}, { at: 12, out });
    expect(summary.end).toMatchObject({ reason: "completed", step: 24 });
    expect(untimedLines(out)).toEqual(from(untimedLines(parent), 12));
    expect(thetaAt(out, 24)).toEqual(thetaAt(parent, 24));
    expect(readRun(out).manifest.parent).toEqual({ directory: "../run-0", step: 12 });
  });

  it("is the run that its parent would have been with the intervention", async () => {
    const changes = { lr: 0.03, batch: 20, optimizer: "heavy-ball momentum=0.5" };
    const parent = await run();
    const out = newFolder();
    await fork(parent, changes, { at: 12, out });
    const intervened = await run({
      intervene: ["at=12 lr=0.03 batch=20 optimizer=heavy-ball momentum=0.5"],
    });
    expect(untimedLines(out)).toEqual(from(untimedLines(intervened), 12));
    expect(thetaAt(out, 24)).toEqual(thetaAt(intervened, 24));
    expect(thetaAt(out, 24)).not.toEqual(thetaAt(parent, 24));
  });

  it("starts between checkpoints too, and can be resumed and forked itself", async () => {
    const parent = await run({ measure: ["loss"] });
    const out = newFolder();
    const dying = fork(parent, { lr: 0.05 }, { at: 9, out, ...dyingAt(14) });
    await expect(dying).rejects.toThrow("killed");
    await resume(out);
    const intervened = await run({ measure: ["loss"], intervene: ["at=9 lr=0.05"] });
    expect(untimedLines(out)).toEqual(from(untimedLines(intervened), 9));
    const second = newFolder();
    await fork(out, {}, { at: 16, out: second });
    expect(untimedLines(second)).toEqual(from(untimedLines(out), 16));
  });

  it("can be longer than its parent, and measured otherwise", async () => {
    const parent = await run({ measure: [] });
    const out = newFolder();
    const settings = { steps: 30, measure: ["loss"], every: 10 };
    await fork(parent, { settings: settings as never }, { at: 18, out });
    const { records, manifest } = readRun(out);
    expect(manifest.end).toMatchObject({ step: 30 });
    expect(records.filter((r) => r.quantity === "loss").map(({ step }) => step)).toEqual([20, 30]);
  });

  it("refuses a step where there is nothing to leave from", async () => {
    const parent = await run({ measure: [] });
    await expect(fork(parent, {}, { at: 24, out: newFolder() })).rejects.toThrow(
      /--at is 24; allowed: a step from 0.*below 24/,
    );
    await expect(fork(parent, {}, { at: 3, out: parent })).rejects.toThrow(/already holds a run/);
    await expect(fork(parent, { batch: 500 }, { at: 3, out: newFolder() })).rejects.toThrow(
      /batch is 500; allowed: up to 120/,
    );
  });
});

describe("measuring after the fact", () => {
  it("gives what the run measured at that step, up to its tolerance", async () => {
    const parent = await run({ certify: "all" });
    const { measurements, learningRate, batchSize } = await measureAt(parent, 16, {});
    expect({ learningRate, batchSize }).toEqual({ learningRate: 0.1, batchSize: 8 });
    const records = readRun(parent).records.filter(({ step }) => step === 16);
    for (const { quantity, value, batches, comparison } of measurements) {
      expect(comparison.value).toBe(quantity.endsWith("loss") ? Number.NaN : 20);
      const record = records.find((r) => r.quantity === quantity)!;
      // Batches are the same; FullBS started elsewhere.
      if (batches) expect(batches).toEqual(record.batches);
      else expect(Math.abs(value / record.value! - 1)).toBeLessThan(0.01);
    }
  });

  it("gives the distance between two runs, the same either way", async () => {
    const [one, other] = [await run(), await run({ lr: 0.05 })];
    const paramsAt18 = (directory: string) =>
      Object.values(newestCheckpoint(directory, 18, () => {})!.state.params).flatMap(
        ({ values }) => [...values],
      );
    const [theta, theirs] = [paramsAt18(one), paramsAt18(other)];
    const exact = Math.hypot(...theta.map((x, i) => x - theirs[i]!));
    const distance = async (from: string, against?: string) =>
      (await measureAt(from, 18, { measure: ["distance"] }, { against })).measurements[0]!;
    const between = await distance(one, other);
    expect(Math.abs(between.value - exact)).toBeLessThan(between.errorBound!);
    expect((await distance(other, one)).value).toBeCloseTo(between.value, 12);
    expect((await distance(one, one)).value).toBe(0);
    expect((await distance(one)).value).not.toBeCloseTo(between.value, 2);
    const wider = await run({ width: [9] });
    await expect(distance(one, wider)).rejects.toThrow(ConfigError);
  });

  it("against the batch size, at the beginning and at the end", async () => {
    const parent = await run({ measure: [] });
    for (const [name, step] of [
      ["init", 0],
      ["final", 24],
    ] as const) {
      const curve = await staticAt(parent, name, { tolerance: 0.1 }, { batchSizes: [4, 1, 120] });
      expect(curve).toMatchObject({ step, samples: 120 });
      const [one, four, all] = curve.points;
      expect(curve.points.map(({ batchSize }) => batchSize)).toEqual([1, 4, 120]);
      expect(one!.minibs.value).toBeGreaterThan(four!.minibs.value);
      expect(four!.minibs.value).toBeGreaterThan(curve.fullbs.value);
      expect(all!.minibs.value / curve.fullbs.value).toBeCloseTo(1, 2);
    }
  });

  it("at a step without a checkpoint, of other quantities", async () => {
    const parent = await run({ measure: [] });
    const { measurements } = await measureAt(parent, 10, { measure: ["loss"] });
    const withLoss = await run({ measure: ["loss"], every: 10 });
    const there = readRun(withLoss).records.find(
      ({ step, quantity }) => step === 10 && quantity === "loss",
    );
    expect(measurements.map(({ value }) => value)).toEqual([there!.value]);
  });
});
