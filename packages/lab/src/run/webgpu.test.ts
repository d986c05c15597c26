// Runs on --backend webgpu, with the cpu kernels in place of a graphics card: whoever asks for a number at
// once fails.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fork, measureAt, readRun, resume, staticAt, train, verifyModel } from "@eoss/lab";
import { parseSettings, parseTrainConfig, verifyFields } from "@eoss/run";
import type { CardBackend } from "@eoss/run/internal";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { registerLateBackend } from "../../../sharpness/src/fixtures/lateBackend.fixture.js";
import { checkpointSteps } from "../folder/checkpoint.js";
import { dyingAt, newFolders, tiny, untimedLines } from "./testRuns.fixture.js";

const newFolder = newFolders("webgpu");

/** The packages of WebGPU as a user has them installed. */
function installFakes(): void {
  const folder = newFolder();
  const info = '{ vendor: "acme", description: "Card 1, driver 7" }';
  const sources = {
    webgpu: `export const globals = {};
      export const create = () => ({ requestAdapter: async () => ({ info: ${info} }) });`,
    "@tensorflow/tfjs-backend-webgpu": "",
  };
  for (const [name, code] of Object.entries(sources)) {
    const home = join(folder, "node_modules", name);
    mkdirSync(home, { recursive: true });
    const description = { name, version: "9.8.7", type: "module", main: "index.js" };
    writeFileSync(join(home, "package.json"), JSON.stringify(description));
    writeFileSync(join(home, "index.js"), code);
  }
  process.env.EOSS_PACKAGES = folder;
}

installFakes();
let lose = (_: { message: string }) => {};
const MOST = 4 * 10_000;
const device: CardBackend["device"] = {
  limits: { maxBufferSize: 2 * MOST, maxStorageBufferBindingSize: MOST },
  lost: new Promise((resolve) => {
    lose = resolve;
  }),
  addEventListener() {},
};
await import("@tensorflow/tfjs-backend-cpu");
Object.assign(registerLateBackend("webgpu"), { device });

const settingsOf = (settings: Record<string, unknown> = {}) =>
  parseTrainConfig({
    ...{ ...tiny, samples: 40, width: [4], steps: 8, every: 4, "max-batches": 8 },
    ...{ backend: "webgpu", measure: ["fullbs", "minibs", "batch-sharpness"] },
    ...settings,
  });

describe("a run on webgpu", () => {
  it("is that of cpu, and says on which card it was made", async () => {
    const [out, cpu] = [newFolder(), newFolder()];
    const tensors = tf.memory().numTensors;
    await train(settingsOf(), { out });
    expect(tf.memory().numTensors).toBe(tensors);
    await train(settingsOf({ backend: "cpu" }), { out: cpu });
    const [late, plain] = [readRun(out).records, readRun(cpu).records];
    expect(late.length).toBe(plain.length);
    for (const [index, one] of late.entries()) {
      const other = plain[index]!;
      expect([one.step, one.quantity]).toEqual([other.step, other.quantity]);
      const room = (one.errorBound ?? 0) + (other.errorBound ?? 0);
      const value = other.value!;
      expect(Math.abs(one.value! - value)).toBeLessThanOrEqual(room + 1e-4 * value);
    }
    const { backend, versions } = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
    expect(backend).toBe("webgpu");
    expect(versions).toMatchObject({
      ...{ backend: "9.8.7", webgpu: "9.8.7", card: "acme, Card 1, driver 7" },
      "bytes in a buffer of the card": String(MOST),
    });
  });

  it.each(["muon", "sam clip=0.5", "normalized-descent", "sgd clip=0.5"])(
    "that of %s is that of cpu",
    async (optimizer) => {
      const [out, cpu] = [newFolder(), newFolder()];
      const settings = { optimizer, measure: ["loss"], steps: 6, every: 2 };
      await train(settingsOf(settings), { out });
      await train(settingsOf({ ...settings, backend: "cpu" }), { out: cpu });
      const [late, plain] = [readRun(out).records, readRun(cpu).records];
      expect(late.length).toBe(plain.length);
      for (const [index, { step, quantity, value }] of late.entries()) {
        const other = plain[index]!;
        expect([step, quantity]).toEqual([other.step, other.quantity]);
        expect(Math.abs(value! / other.value! - 1)).toBeLessThan(1e-5);
      }
    },
  );

  it.each([
    "directional",
    "shuffled-sign",
    "constant variance=0.01",
    "sde substeps=2",
    "label sigma=0.5",
  ])("that with noise %s is that of cpu", async (noise) => {
    const [out, cpu] = [newFolder(), newFolder()];
    const settings = { noise, measure: ["loss"], steps: 6, every: 2 };
    const tensors = tf.memory().numTensors;
    await train(settingsOf(settings), { out });
    expect(tf.memory().numTensors).toBe(tensors);
    await train(settingsOf({ ...settings, backend: "cpu" }), { out: cpu });
    const [late, plain] = [readRun(out).records, readRun(cpu).records];
    expect(late.length).toBe(plain.length);
    for (const [index, { step, quantity, value }] of late.entries()) {
      const other = plain[index]!;
      expect([step, quantity]).toEqual([other.step, other.quantity]);
      expect(Math.abs(value! / other.value! - 1)).toBeLessThan(1e-5);
    }
  });

  it("goes on after a kill as if nothing had been, and after its end", async () => {
    const [whole, killed] = [newFolder(), newFolder()];
    const settings = { "checkpoint-every": 3, steps: 10 };
    await train(settingsOf(settings), { out: whole });
    const shorter = settingsOf({ ...settings, steps: 8 });
    await expect(train(shorter, { out: killed, ...dyingAt(5) })).rejects.toThrow("killed");
    expect(checkpointSteps(killed)).toContain(3);
    await resume(killed);
    await resume(killed, { steps: 10 });
    const kept = (out: string) => untimedLines(out).filter((line) => !line.startsWith('{"step":8'));
    expect(kept(killed)).toEqual(kept(whole));
  });

  it("is not continued on another card without a word", async () => {
    const out = newFolder();
    await train(settingsOf({ measure: ["loss"] }), { out });
    const path = join(out, "run.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace("Card 1", "Card 2"));
    await expect(resume(out, { steps: 9 })).rejects.toThrow(
      /card acme, Card 2, driver 7, now acme, Card 1, driver 7.*--accept-changes/s,
    );
    await resume(out, { steps: 9 }, { acceptChanges: true });
  });

  it("can be forked, measured and curved", async () => {
    const [out, twin] = [newFolder(), newFolder()];
    await train(settingsOf({ measure: ["loss"] }), { out });
    await fork(out, { lr: 0.05 }, { at: 5, out: twin });
    expect(readRun(twin).records.at(-1)!.step).toBe(8);
    const { measurements } = await measureAt(out, 3, { measure: ["fullbs", "ntk"] });
    expect(measurements.every(({ value }) => value > 0)).toBe(true);
    const curve = await staticAt(out, "final", { tolerance: 0.5 }, { batchSizes: [4, 8] });
    expect(curve.points).toHaveLength(2);
  });
});

describe("before its first step a run on webgpu is refused", () => {
  const refused = async (settings: Record<string, unknown>, words: RegExp) => {
    const out = newFolder();
    await expect(train(settingsOf(settings), { out })).rejects.toThrow(words);
    expect(() => readRun(out)).toThrow();
  };

  it.each(["spectral-descent"])(
    "with the optimizer %s, also from a later step on",
    async (optimizer) => {
      const words = new RegExp(
        `optimizer is ${optimizer}.*, which the webgpu backend cannot do: .*--backend wasm`,
      );
      await refused({ optimizer }, words);
      await refused({ intervene: [`at=5 optimizer=${optimizer}`] }, words);
    },
  );

  it("with noise whose size the samples' gradients say, also from a later step on", async () => {
    await refused({ noise: "isotropic" }, /noise is isotropic.*webgpu/);
    await refused({ intervene: ["at=5 noise=isotropic"] }, /noise is isotropic.*webgpu/);
  });

  it("with a network whose vectors the card does not hold", async () => {
    await refused({ width: [200] }, /the network has \d+ parameters.*acme.*in one buffer/);
  });

  it("with a network that reads numbers at once", async () => {
    // Inside of this package, where a file of somebody else finds what it imports.
    const folder = mkdtempSync(join(process.cwd(), "reading-"));
    const file = join(folder, "reader.mjs");
    writeFileSync(
      file,
      `import { defineModel, models } from "@eoss/models";
       import * as tf from "@tensorflow/tfjs-core";
       export default defineModel({ ...models.mlp, name: "reader", build(task) {
         const { parameters, apply } = models.mlp.build(task, { width: [8] });
         const scaled = (p, x) => tf.div(apply(p, x), 1 + tf.mean(tf.square(x)).dataSync()[0]);
         return { parameters, apply: scaled, coupled: true };
       } });`,
    );
    try {
      await refused({ model: file, width: undefined }, /numbers at once.*webgpu.*only later/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("and a verification is, which needs numbers at once", async () => {
    const config = parseSettings(verifyFields, { samples: 8, backend: "webgpu" });
    await expect(verifyModel(config)).rejects.toThrow(/webgpu backend gives them only later/);
  });
});

// The last: a card that is lost does not come back.
it("a lost card ends the run as failed, and its checkpoint stays", async () => {
  const out = newFolder();
  const onProgress = ({ step }: { step: number }) => {
    if (step === 5) lose({ message: "unplugged" });
  };
  await expect(
    train(settingsOf({ "checkpoint-every": 2, measure: ["loss"] }), { out, onProgress }),
  ).rejects.toThrow(/card was lost \(unplugged\)/);
  expect(JSON.parse(readFileSync(join(out, "run.json"), "utf8")).end).toMatchObject({
    reason: "failed",
    message: expect.stringMatching(/eoss resume/),
  });
  expect(checkpointSteps(out)).toContain(4);
});
