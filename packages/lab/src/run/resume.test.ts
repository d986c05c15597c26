import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { readRun, resume, train } from "@eoss/lab";
import { describe, expect, it } from "vitest";
import {
  dyingAt,
  FULL,
  newFolders,
  tinyConfig,
  untimedLines,
  withoutEnd,
} from "./testRuns.fixture.js";

const newFolder = newFolders("resume");

async function uninterrupted(settings: Record<string, unknown>) {
  const out = newFolder();
  await train(tinyConfig(settings), { out });
  return out;
}

const made = new Map<string, Promise<string>>();

/** A run to compare with, made once for all tests: read only. */
function wholeRun(settings: Record<string, unknown>): Promise<string> {
  const key = JSON.stringify(settings);
  const run = made.get(key) ?? uninterrupted(settings);
  made.set(key, run);
  return run;
}

/** A run that ended in the middle, as a kill leaves it. */
async function killed(settings: Record<string, unknown>, step: number) {
  const out = newFolder();
  await expect(train(tinyConfig(settings), { out, ...dyingAt(step) })).rejects.toThrow("killed");
  return out;
}

const checkpoints = (directory: string) =>
  readdirSync(join(directory, "checkpoints")).filter((name) => name.endsWith(".json"));

function tensorsOf(directory: string, step: number): Buffer {
  return readFileSync(join(directory, "checkpoints", `step-${step}.safetensors`));
}

const cases: Record<string, Record<string, unknown>> = {
  sgd: {},
  "heavy ball without measurements": {
    optimizer: "heavy-ball momentum=0.8",
    measure: [],
    lr: 0.02,
  },
  nesterov: { optimizer: "nesterov momentum=0.5", lr: 0.02, measure: ["loss"] },
  rmsprop: { optimizer: "rmsprop alpha=0.9", lr: 0.001, measure: ["loss"] },
  adam: { optimizer: "adam betas=0.8:0.99", lr: 0.001 },
  adamw: { optimizer: "adamw weight-decay=0.1", lr: 0.001, measure: ["loss"] },
  "noise whose covariance serves several steps": {
    noise: "diagonal refresh-every=7",
    samples: 40,
    measure: [],
  },
  "a noise that comes in mid-run": { intervene: ["at=9 noise=isotropic,covariance=drawn"] },
  "independent batches, schedules and interventions": {
    sampler: "independent",
    schedule: ["lr=cosine to=0.01 steps=24", "batch=steps at=5:16"],
    intervene: ["at=13 optimizer=heavy-ball momentum=0.5", "at=18 batch=full"],
  },
};

describe("a resumed run equals one that was never stopped", () => {
  // Every second kind in the short form.
  for (const [name, settings] of Object.entries(cases).filter((_, k) => FULL || k % 2 === 0)) {
    it(`with ${name}`, async () => {
      const whole = await wholeRun({ ...settings, "checkpoint-every": 5 });
      const parts = await killed({ ...settings, "checkpoint-every": 5 }, 11);
      await expect(resume(parts, {}, dyingAt(17))).rejects.toThrow("killed");
      const summary = await resume(parts);
      expect(summary.end).toMatchObject({ reason: "completed", step: 24 });
      expect(untimedLines(parts)).toEqual(untimedLines(whole));
      expect(tensorsOf(parts, 24)).toEqual(tensorsOf(whole, 24));
      expect(readRun(parts).manifest.resumes!.length).toBe(2);
    });
  }

  it("without any checkpoint, from the seed", async () => {
    const whole = await wholeRun({ "checkpoint-every": 0 });
    const parts = await killed({ "checkpoint-every": 0 }, 13);
    await resume(parts);
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
  });

  it("after a completed run is made longer, off the regular steps", async () => {
    const whole = await wholeRun({ steps: 30, every: 7 });
    const parts = await uninterrupted({ steps: 20, every: 7 });
    await expect(resume(parts)).rejects.toThrow(/completed its 20 steps.*--steps N/);
    await resume(parts, { steps: 30 });
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
  });

  it("with the lines of the first session kept, though they lie behind the checkpoint", async () => {
    const settings = { "checkpoint-every": 10 };
    const whole = await wholeRun(settings);
    const parts = await killed(settings, 19);
    const before = readFileSync(join(parts, "metrics.jsonl"), "utf8");
    await expect(resume(parts, {}, dyingAt(12))).rejects.toThrow("killed");
    expect(readFileSync(join(parts, "metrics.jsonl"), "utf8")).toBe(before);
    await resume(parts);
    expect(readFileSync(join(parts, "metrics.jsonl"), "utf8").startsWith(before)).toBe(true);
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
  });

  it("with a change between two measurements, measured as the version that began it did", async () => {
    const settings = { "checkpoint-every": 5, every: 10, intervene: ["at=13 lr=0.02"] };
    const whole = await wholeRun(settings);
    const parts = await killed(settings, 11);
    await resume(parts);
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
    const stepsOf = (directory: string) =>
      readRun(directory).records.flatMap(({ step, quantity }) =>
        quantity === "loss" ? [step] : [],
      );
    expect(stepsOf(parts)).toEqual([0, 10, 13, 20, 24]);
    const old = await killed(settings, 11);
    const { measuresChanges, ...manifest } = JSON.parse(
      readFileSync(join(old, "run.json"), "utf8"),
    );
    expect(measuresChanges).toBe(true);
    writeFileSync(join(old, "run.json"), JSON.stringify(manifest));
    await resume(old);
    expect(stepsOf(old)).toEqual([0, 10, 20, 24]);
  });

  it("with a last line that was cut off", async () => {
    const whole = await wholeRun({ "checkpoint-every": 5 });
    const parts = await killed({ "checkpoint-every": 5 }, 14);
    appendFileSync(join(parts, "metrics.jsonl"), '{"step":14,"quantity":"step-lo');
    await resume(parts);
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
  });
});

describe("what a resume finds damaged", () => {
  it("a checkpoint: goes back to the sound one before it, and says so", async () => {
    const settings = { "checkpoint-every": 5, keep: "all" };
    const whole = await wholeRun(settings);
    const parts = await killed(settings, 17);
    const newest = join(parts, "checkpoints", "step-15.safetensors");
    const bytes = readFileSync(newest);
    bytes[bytes.length - 3]! ^= 4;
    writeFileSync(newest, bytes);
    truncateSync(join(parts, "checkpoints", "step-10.json"), 40);
    const warnings: string[] = [];
    await resume(parts, {}, { onWarning: (text) => warnings.push(text) });
    expect(warnings.join("\n")).toMatch(/step-15.json is damaged and skipped: the checksum/);
    expect(warnings.join("\n")).toMatch(/step-10.json is damaged/);
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
  });

  it("lost records: goes back to a checkpoint that does not count on them", async () => {
    const settings = { "checkpoint-every": 5, keep: "all" };
    const whole = await wholeRun(settings);
    const parts = await killed(settings, 17);
    const lines = readFileSync(join(parts, "metrics.jsonl"), "utf8").split("\n");
    writeFileSync(join(parts, "metrics.jsonl"), `${lines.slice(0, 12).join("\n")}\n`);
    const warnings: string[] = [];
    await resume(parts, {}, { onWarning: (text) => warnings.push(text) });
    expect(warnings[0]).toMatch(/shorter than at the checkpoint of step 15/);
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
  });

  it("a record that differs from the recorded one replaces it, with a warning", async () => {
    const settings = { "checkpoint-every": 5 };
    const whole = await wholeRun(settings);
    const parts = await killed(settings, 14);
    withoutEnd(parts);
    rmSync(join(parts, "checkpoints"), { recursive: true });
    const path = join(parts, "metrics.jsonl");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace(
        '"step":3,"quantity":"step-loss","value":',
        '"step":3,"quantity":"step-loss","value":1',
      ),
    );
    const warnings: string[] = [];
    await resume(parts, {}, { onWarning: (text) => warnings.push(text) });
    expect(warnings.join()).toMatch(/record of step-loss at step 3 differs from the recorded one/);
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
  });

  it("another network than that of the run", async () => {
    const parts = await killed({ "checkpoint-every": 5 }, 9);
    const path = join(parts, "run.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    manifest.config.width = [13];
    writeFileSync(path, JSON.stringify(manifest));
    await expect(resume(parts)).rejects.toThrow(/the settings in run.json/);
    await expect(resume(parts, {}, { acceptChanges: true })).rejects.toThrow(
      /parameters of the network mlp are not those of the run: it has .*\[64,13\].*checkpoint of step 5 .*\[64,12\]/,
    );
  });

  it("data that are no longer there", async () => {
    const parts = await killed({}, 9);
    const path = join(parts, "run.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    Object.assign(manifest.config, { data: "cifar10", "data-dir": join(parts, "images") });
    writeFileSync(path, JSON.stringify(manifest));
    await expect(resume(parts)).rejects.toThrow(/images.*data_batch_1\.bin/s);
  });

  it("settings of a newer version", async () => {
    const parts = await killed({}, 9);
    const path = join(parts, "run.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    manifest.config.warp = 9;
    writeFileSync(path, JSON.stringify(manifest));
    await expect(resume(parts)).rejects.toThrow(/run.json: warp: unknown setting/);
    writeFileSync(path, JSON.stringify({ ...manifest, formatVersion: 99 }));
    await expect(resume(parts)).rejects.toThrow(/format version 99.*newer eoss/);
  });
});

it("an interrupted run has a checkpoint where it stopped, and goes on from there", async () => {
  const whole = await wholeRun({ steps: 800, measure: ["loss"], every: 100 });
  const out = newFolder();
  const controller = new AbortController();
  const { end } = await train(tinyConfig({ steps: 800, measure: ["loss"], every: 100 }), {
    out,
    signal: controller.signal,
    onProgress: ({ step }) => step === 100 && controller.abort(),
  });
  expect(end!.reason).toBe("interrupted");
  expect(end!.step).toBeLessThan(800);
  expect(checkpoints(out)).toEqual([`step-${end!.step}.json`]);
  const lines = untimedLines(out).length;
  await resume(out);
  expect(readRun(out).manifest.resumes).toMatchObject([{ step: end!.step }]);
  expect(untimedLines(whole).length).toBeGreaterThan(lines);
  expect(untimedLines(out)).toEqual(untimedLines(whole));
});

it("a time limit ends a session, not the run", async () => {
  const out = newFolder();
  const settings = { steps: 100_000, measure: [], "time-limit": "0.2s" };
  const { end } = await train(tinyConfig(settings), { out });
  expect(end).toMatchObject({ reason: "time-limit" });
  const summary = await resume(out, { steps: end!.step + 10, "time-limit": "1h" });
  expect(summary.end).toMatchObject({ reason: "completed", step: end!.step + 10 });
});

it("keeps the newest checkpoints only", async () => {
  const two = await uninterrupted({ "checkpoint-every": 5, measure: [] });
  expect(checkpoints(two).sort()).toEqual(["step-20.json", "step-24.json"]);
  const all = await uninterrupted({ "checkpoint-every": 5, keep: "all", measure: [] });
  expect(checkpoints(all).length).toBe(5);
});
