import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fork, measureAt, resume } from "@eoss/lab";
import { decodeSafetensors, parseTrainConfig } from "@eoss/run";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importWeights } from "./importWeights.js";

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));
const reference = JSON.parse(readFileSync(fixture("torch-mlp.json"), "utf8"));
const safetensors = fixture("torch-mlp.safetensors");
const npz = fixture("torch-mlp.npz");

const root = mkdtempSync(join(tmpdir(), "eoss-import-"));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;
const folder = () => join(root, `run-${count++}`);

const config = (settings: Record<string, unknown> = {}) =>
  parseTrainConfig({
    data: "digits",
    width: [24, 24],
    activation: "tanh",
    lr: 0.05,
    batch: 64,
    steps: 6,
    every: 3,
    measure: ["loss", "distance"],
    "checkpoint-every": 0,
    seed: 3,
    backend: "cpu",
    workers: 1,
    ...settings,
  });

const measured = async (run: string, step: number, names: string[], tolerance = 0.02) => {
  const { measurements } = await measureAt(run, step, { measure: names, tolerance });
  return Object.fromEntries(measurements.map(({ quantity, value }) => [quantity, value]));
};
const initial = (run: string) => readFileSync(join(run, "initial.safetensors"));
const lines = (run: string) =>
  readFileSync(join(run, "metrics.jsonl"), "utf8").replace(/,"seconds":[^,]*/g, "");

const run = folder();
beforeAll(() => importWeights(safetensors, config(), { out: run }));

describe("weights trained in PyTorch", () => {
  it("have the loss and the largest eigenvalue that PyTorch computes in float64", async () => {
    const now = await measured(run, 0, ["loss", "fullbs"], 1e-5);
    expect(Math.abs(now.loss! / reference.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(now.fullbs! / reference.top[0] - 1)).toBeLessThan(1e-4);
  });

  it("have them in a convolutional network, whose axes lie otherwise there", async () => {
    const { loss, top } = JSON.parse(readFileSync(fixture("torch-cnn.json"), "utf8"));
    const cnn = folder();
    const options = { channels: [2, 3, 4], width: 8, padding: "same" };
    const settings = config({
      model: "cnn",
      width: undefined,
      "model-options": options,
      backend: "wasm",
    });
    await importWeights(fixture("torch-cnn.safetensors"), settings, { out: cnn });
    const now = await measured(cnn, 0, ["loss", "fullbs"], 1e-5);
    expect(Math.abs(now.loss! / loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(now.fullbs! / top[0] - 1)).toBeLessThan(1e-4);
  });

  it("are the same from safetensors and from arrays in order, of float64 and in Fortran order", async () => {
    const other = folder();
    await expect(importWeights(npz, config(), { out: other })).rejects.toThrow(
      /layout of its kernels is not clear.*--layout torch.*arr_0 \[24,64\]/s,
    );
    const { mapping } = await importWeights(npz, config(), { out: other, layout: "torch" });
    expect(initial(other)).toEqual(initial(run));
    expect(mapping[0]).toBe("dense1.kernel [64,24] = arr_0, transposed, rounded to float32");
  });

  it("are transposed, the square ones too, and this is said", () => {
    const before = decodeSafetensors(readFileSync(safetensors)).get("2.weight")!.values;
    const after = decodeSafetensors(initial(run)).get("dense2.kernel")!.values;
    expect(after[3 * 24 + 5]).toBe(before[5 * 24 + 3]);
    const { initial: origin, command } = JSON.parse(readFileSync(join(run, "run.json"), "utf8"));
    expect(origin.source).toBe("torch-mlp.safetensors");
    expect(origin.mapping).toContain("dense2.kernel [24,24] = 2.weight, transposed");
    expect(command).toMatch(/^eoss import weights initial.safetensors --data digits /);
  });

  it("come out the same when imported again from the folder", async () => {
    const again = folder();
    await importWeights(join(run, "initial.safetensors"), config(), { out: again });
    expect(initial(again)).toEqual(initial(run));
  });
});

describe("a run from given weights", () => {
  it("is trained, resumed, forked and measured from them, bit for bit, and not from the seed", async () => {
    const whole = folder();
    await importWeights(safetensors, config(), { out: whole });
    await resume(whole);
    expect(Math.abs((await measured(whole, 0, ["loss"])).loss! / reference.loss - 1)).toBeLessThan(
      1e-5,
    );
    // Where training began is where distances begin.
    const distance = await measured(whole, 0, ["distance"]);
    expect(distance.distance).toBe(0);

    const cut = folder();
    await importWeights(safetensors, config({ "checkpoint-every": 2 }), { out: cut });
    await resume(cut, { steps: 4 });
    // Without its checkpoints it is made again from its first parameters.
    rmSync(join(cut, "checkpoints"), { recursive: true });
    await resume(cut, { steps: 6 });
    expect(await measured(cut, 6, ["loss"])).toEqual(await measured(whole, 6, ["loss"]));

    const twin = folder();
    await fork(whole, {}, { at: 3, out: twin });
    rmSync(join(twin, "checkpoints"), { recursive: true });
    expect(await measured(twin, 6, ["loss"])).toEqual(await measured(whole, 6, ["loss"]));
    expect(lines(whole)).toContain(lines(twin).trimEnd());
  });

  it("has to have them", async () => {
    const damaged = folder();
    await importWeights(safetensors, config(), { out: damaged });
    truncateSync(join(damaged, "initial.safetensors"), 9000);
    await expect(measureAt(damaged, 0, {})).rejects.toThrow(
      /initial.safetensors holds the parameters.*checksum is wrong; restore it, or import torch-mlp/,
    );
    rmSync(join(damaged, "initial.safetensors"));
    await expect(resume(damaged)).rejects.toThrow(/initial.safetensors .*cannot be read: ENOENT/);
  });

  it("does not take the place of another", async () => {
    await expect(importWeights(safetensors, config(), { out: run })).rejects.toThrow(
      /already holds a run/,
    );
  });
});

describe("a file that does not fit", () => {
  it("is an error that lists both sides", async () => {
    const fails = (settings: Record<string, unknown>) =>
      expect(importWeights(safetensors, config(settings), { out: folder() })).rejects;
    await fails({ width: [24, 32] }).toThrow(
      /does not fit the network mlp: layers with bias \[32\] and kernel \[24,32\]: the network has 1, the file has 0\n {2}the file has 0\.bias \[24\], 0\.weight \[24,64\], .*\n {2}in eoss's layout: .*0\.weight \[64,24\].*\n {2}the network has dense1\.kernel \[64,24\]/,
    );
    await fails({ width: [24] }).toThrow(/the file has 6 tensors, the network has 4/);
    await fails({ model: "diagonal-linear", width: undefined, activation: undefined }).toThrow(
      /only for linear, mlp, .*a \[64,10\], b \[64,10\]/,
    );
    await expect(
      importWeights(safetensors, config(), { out: folder(), layout: "tf" }),
    ).rejects.toThrow(/does not fit/);
  });

  it("is no pickle, and has no damage", async () => {
    const path = join(root, "model.pt");
    writeFileSync(path, Buffer.from([0x80, 2, 0x7d]));
    const read = () => importWeights(path, config(), { out: folder() });
    await expect(read()).rejects.toThrow(
      /run code.*\n.*import torch.*\n.*torch\.load\(".*model\.pt".*\n.*save_file/,
    );
    copyFileSync(npz, path);
    truncateSync(path, 5000);
    await expect(read()).rejects.toThrow(/model\.pt cannot be read: /);
    copyFileSync(safetensors, path);
    truncateSync(path, 5000);
    await expect(read()).rejects.toThrow(/model\.pt cannot be read: tensor .* has bytes/);
  });
});
