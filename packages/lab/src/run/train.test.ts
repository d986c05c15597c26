import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readRun, resume, train } from "@eoss/lab";
import type { MetricRecord } from "@eoss/run";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { newFolders, tiny, tinyConfig } from "./testRuns.fixture.js";

const newFolder = newFolders("train");

async function run(settings: Record<string, unknown> = {}, signal?: AbortSignal) {
  const out = newFolder();
  const summary = await train(tinyConfig(settings), { out, signal });
  return { out, summary, ...readRun(out) };
}

const untimed = (records: readonly MetricRecord[]) =>
  records.map(({ seconds: _, ...rest }) => rest);
const stepLosses = (records: readonly MetricRecord[]) =>
  records
    .filter(({ quantity }) => quantity === "step-loss")
    .map(({ step, value }) => [step, value]);

describe("a training run", () => {
  let base: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    base = await run();
  });

  it("writes manifest, records and report", () => {
    const { manifest, records, out, summary } = base;
    expect(manifest).toMatchObject({
      format: "eoss-run",
      backend: "cpu",
      batchSize: 8,
      stabilityThreshold: 20,
      seeds: { seed: 5 },
      dataset: { name: "digits", samples: 120, classes: 10 },
      model: { name: "mlp", parameters: 64 * 12 + 12 + 12 * 10 + 10 },
      end: { reason: "completed", step: 24 },
    });
    expect(manifest.config).toMatchObject({ ...tiny, loss: "mse", model: "mlp" });
    expect(summary.report).toBe(join(out, "report.html"));
    expect(readFileSync(summary.report, "utf8")).toContain("<!doctype html>");
    const of = (quantity: string) => records.filter((record) => record.quantity === quantity);
    expect(of("step-loss").map(({ step }) => step)).toEqual(
      Array.from({ length: 24 }, (_, i) => i),
    );
    for (const quantity of ["fullbs", "minibs", "batch-sharpness", "loss"]) {
      expect(of(quantity).map(({ step }) => step)).toEqual([0, 8, 16, 24]);
    }
    for (const record of records) {
      expect(record).toMatchObject({
        value: expect.any(Number),
        samples: expect.any(Number),
        products: expect.any(Number),
        seconds: expect.any(Number),
        status: expect.any(String),
      });
    }
    for (const { batches, samples, value, standardError, products } of of("minibs")) {
      expect(batches!.length).toBe(samples / 8);
      expect(batches!.reduce((sum, x) => sum + x, 0) / batches!.length).toBeCloseTo(value!, 10);
      expect(standardError).toBeGreaterThan(0);
      expect(products).toBeGreaterThanOrEqual(2 * batches!.length);
    }
  });

  it("learns", () => {
    const losses = base.records
      .filter(({ quantity }) => quantity === "loss")
      .map(({ value }) => value!);
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
  });

  it("is the same again, to the last bit but the seconds", async () => {
    const again = await run();
    expect(untimed(again.records)).toEqual(untimed(base.records));
  });

  it("takes the same steps whatever is measured, and however often", async () => {
    const expected = stepLosses(base.records);
    for (const settings of [
      { measure: [] },
      { measure: ["loss"], every: 5 },
      { every: 3, tolerance: 0.1 },
    ]) {
      expect(stepLosses((await run(settings)).records)).toEqual(expected);
    }
  });

  it("takes other steps from another seed", async () => {
    const other = await run({ seed: 6, measure: [] });
    expect(stepLosses(other.records)).not.toEqual(stepLosses(base.records));
  });

  it("repeats by its own command line", () => {
    expect(base.manifest.command).toBe(
      "eoss train --data digits --samples 120 --width 12 --init-scale 0.3 --lr 0.1 --batch 8 --steps 24 --seed 5 " +
        "--every 8 --tolerance 0.3 --backend cpu --workers 1",
    );
  });

  it("leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    await run({ steps: 8 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("how a run ends", () => {
  it("at divergence, with advice and a valid folder", async () => {
    const { manifest, records, summary } = await run({ lr: 1e4, measure: ["loss"] });
    expect(manifest.end).toMatchObject({ reason: "diverged" });
    expect(manifest.end!.message).toMatch(/no longer finite at step \d+; .*lower --lr/);
    expect(records.at(-1)).toMatchObject({
      quantity: "step-loss",
      value: null,
      status: "not-finite",
    });
    expect(existsSync(summary.report)).toBe(true);
  });

  it("at an interruption, keeping what was measured", async () => {
    const controller = new AbortController();
    const out = newFolder();
    const config = tinyConfig({
      steps: 1_000_000,
      every: 1_000_000,
      measure: ["loss"],
    });
    const summary = await train(config, {
      out,
      signal: controller.signal,
      onProgress: ({ step }) => step >= 20 && controller.abort(),
    });
    expect(summary.end).toMatchObject({ reason: "interrupted" });
    const { records, manifest } = readRun(out);
    expect(stepLosses(records).length).toBe(manifest.end!.step);
    expect(manifest.end!.step).toBeGreaterThanOrEqual(20);
  });

  it("when the training loss is low enough, which is measured then in any case", async () => {
    const { manifest, records } = await run({
      "stop-loss": 0.9,
      measure: [],
      steps: 400,
      lr: 0.05,
    });
    expect(manifest.end).toMatchObject({ reason: "stop-loss" });
    expect(records.at(-1)!.quantity).toBe("loss");
    expect(records.at(-1)!.value!).toBeLessThanOrEqual(0.9);
  });

  it("when the accuracy is high enough; held-out samples can be measured too", async () => {
    const { manifest, records } = await run({
      "stop-accuracy": 0.8,
      measure: ["test-accuracy", "test-loss"],
      steps: 2000,
      every: 40,
    });
    expect(manifest.end).toMatchObject({ reason: "stop-accuracy" });
    const last = (name: string) => records.findLast(({ quantity }) => quantity === name)!;
    expect(last("accuracy").value!).toBeGreaterThanOrEqual(0.8);
    expect(last("accuracy").samples).toBe(120);
    // What training on 120 samples leaves of the 1,797, seen with more than chance and less luck.
    expect(last("test-accuracy").samples).toBe(1797 - 120);
    expect(last("test-accuracy").value!).toBeGreaterThan(0.3);
    expect(last("test-accuracy").value!).toBeLessThan(last("accuracy").value! + 0.1);
    expect(last("test-loss").value!).toBeGreaterThan(0);
  });

  it("before it began, where a run is already, or b exceeds n", async () => {
    const { out } = await run({ steps: 1, measure: [] });
    await expect(train(tinyConfig(), { out })).rejects.toThrow(/already holds a run/);
    await expect(run({ batch: 121 })).rejects.toThrow(/batch is 121, but there are 120 samples/);
  });
});

it("a budget sets how much of the time is spent on measuring", async () => {
  const { records, manifest, out } = await run({
    steps: 3000,
    every: 1,
    budget: "20%",
    measure: ["loss"],
  });
  const measured = records.filter(({ quantity }) => quantity === "loss");
  expect(measured.length).toBeGreaterThan(3);
  expect(measured.length).toBeLessThan(3000);
  expect(measured.at(-1)!.step).toBe(3000);
  expect(manifest.config.budget).toBe("20%");
  // What time decided once is not decided again.
  rmSync(join(out, "checkpoints"), { recursive: true });
  await resume(out, { steps: 3010 });
  const again = readRun(out).records.filter(({ quantity }) => quantity === "loss");
  expect(untimed(again.slice(0, measured.length - 1))).toEqual(untimed(measured.slice(0, -1)));
});

it("the full batch needs no sampler and takes each sample once", async () => {
  const { records, manifest } = await run({
    batch: "full",
    steps: 3,
    measure: ["loss", "fullbs", "minibs"],
    every: 1,
  });
  expect(manifest.batchSize).toBe(120);
  const at = (quantity: string) => records.filter((record) => record.quantity === quantity);
  // The loss of step t's only batch is the loss measured before it.
  for (const [index, { value }] of at("step-loss").entries()) {
    expect(value! / at("loss")[index]!.value!).toBeCloseTo(1, 6);
  }
  for (const [index, { value, errorBound }] of at("minibs").entries()) {
    const fullbs = at("fullbs")[index]!;
    expect(Math.abs(value! - fullbs.value!)).toBeLessThanOrEqual(errorBound! + fullbs.errorBound!);
  }
});
