import { loadBackend } from "@eoss/lab";
import { beforeAll, describe, expect, it } from "vitest";
import { CloudMeter } from "../src/lesson/cloud/cloud.js";
import { digitsRun } from "../src/lesson/training/digits.js";
import { Engine } from "../src/playground/worker/engine.js";

const STEP = 6;
const BATCHES = 16;
const state = digitsRun({
  samples: 64,
  width: [6],
  batch: "full",
  measure: ["fullbs"],
  tolerance: 0.01,
  every: STEP,
  steps: STEP,
});

beforeAll(() => loadBackend("wasm"));

describe("clouds of λmax of batches", () => {
  it("stand at the point where a run of the same settings is, with its sharpness", async () => {
    const meter = new CloudMeter(state, BATCHES);
    await meter.goTo(STEP);
    const { sharpness, samples } = await meter.whole();
    let measured: number | undefined;
    for await (const event of new Engine(state).course.run()) {
      if (event.kind === "measured" && event.record.step === STEP) measured = event.record.value!;
    }
    expect(samples).toBe(64);
    expect(sharpness / measured!).toBeCloseTo(1, 3);
    await expect(meter.goTo(STEP - 1)).rejects.toThrow("gone by");
    meter.dispose();
  });

  it("have one value a batch, whose mean lies above the whole loss, the more the smaller the batch", async () => {
    const meter = new CloudMeter(state, BATCHES);
    await meter.goTo(STEP);
    const { sharpness, samples } = await meter.whole();
    const clouds = [];
    for (const batchSize of [1, 4, 16]) clouds.push(await meter.cloud(batchSize));
    for (const { values, mean } of clouds) {
      expect(values).toHaveLength(BATCHES);
      expect(values.reduce((sum, value) => sum + value, 0) / BATCHES / mean).toBeCloseTo(1, 9);
    }
    const means = clouds.map(({ mean }) => mean);
    expect(means).toEqual(means.toSorted((a, b) => b - a));
    expect(means.at(-1)).toBeGreaterThan(sharpness);
    // The batch of all samples is the whole loss.
    const { values } = await meter.cloud(samples);
    for (const value of values) expect(value / sharpness).toBeCloseTo(1, 3);
    meter.dispose();
  });
});
