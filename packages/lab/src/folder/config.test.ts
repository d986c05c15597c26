import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfigFile } from "@eoss/lab";
import { parseTrainConfig, trainFields } from "@eoss/run";
import { afterAll, describe, expect, it } from "vitest";
import { parseFlag } from "./parseFlag.js";

const root = mkdtempSync(join(tmpdir(), "eoss-config-"));
afterAll(() => rmSync(root, { recursive: true }));

const file = (name: string, content: string) => {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
};

const needed = { data: "digits", lr: 0.1, batch: 16, steps: 10 };

describe("parseTrainConfig", () => {
  it("fills in defaults", () => {
    expect(parseTrainConfig(needed)).toEqual({
      ...needed,
      model: "mlp",
      "init-scale": 0.2,
      loss: "mse",
      optimizer: "sgd",
      sampler: "shuffled-epochs",
      plateau: "quantity=minibs",
      seed: 0,
      "checkpoint-every": 1000,
      keep: 2,
      measure: ["fullbs", "minibs", "batch-sharpness", "loss"],
      every: 100,
      tolerance: 0.02,
      top: 1,
      "per-layer": false,
      "max-batches": 256,
      certify: "auto",
      backend: "auto",
      workers: "auto",
    });
  });

  it.each([
    [{ lr: "fast" }, /lr \(learning rate η\) cannot be "fast"; allowed: a number above 0/],
    [{ lr: 0 }, /lr .* cannot be 0; allowed/],
    [{ batch: 1.5 }, /batch .* cannot be 1.5; allowed: an integer from 1 up, or "full"/],
    [{ batch: "all" }, /batch .* cannot be "all"/],
    [{ steps: undefined }, /steps .* is missing; allowed: an integer from 1 up/],
    [
      { measure: ["minibs", "entropy"] },
      /measure .* cannot be \["minibs","entropy"\]; wrong: "entropy"; allowed: names of eoss quantities, \.\/file\.js/,
    ],
    [{ width: [64, 0] }, /width .* cannot be \[64,0\]; wrong: 0; allowed/],
    [{ workers: 0 }, /workers .* cannot be 0; allowed: an integer from 1 up, or "auto"/],
    [{ tolerance: 2 }, /tolerance .* cannot be 2; allowed: a number between 0 and 1/],
    [{ "max-batches": 4 }, /max-batches .* cannot be 4; allowed: an integer from 8 up/],
    [{ learningRate: 0.1 }, /learningRate: unknown setting; allowed: data, data-dir, /],
  ])("refuses %j, saying what is allowed", (wrong, message) => {
    expect(() => parseTrainConfig({ ...needed, ...wrong })).toThrow(message);
  });

  it.each([
    [{ width: 32 }, { width: [32] }],
    [{ width: "128, 64" }, { width: [128, 64] }],
    [{ measure: "fullbs,minibs" }, { measure: ["fullbs", "minibs"] }],
    [{ measure: "" }, { measure: [] }],
    [{ intervene: "at=10 lr=0.1" }, { intervene: ["at=10 lr=0.1"] }],
    [{ schedule: "batch=steps at=20:64,40:128" }, { schedule: ["batch=steps at=20:64,40:128"] }],
  ])("takes lists as people write them: %j", (written, meant) => {
    expect(parseTrainConfig({ ...needed, ...written })).toMatchObject(meant);
  });

  it("still refuses what is no such list", () => {
    for (const width of ["128,", "1.5", 0, [[32]], "32;32", true]) {
      expect(() => parseTrainConfig({ ...needed, width })).toThrow(/width .* cannot be/);
    }
  });

  it("names all faults at once, with what was meant", () => {
    const wrong = {
      ...needed,
      batsh: 3,
      lr: -1,
      measure: ["fulbs", "minibs"],
      activation: "rellu",
    };
    const parse = () => parseTrainConfig(wrong, (key) => `--${key}`);
    expect(parse).toThrow(/^--batsh: unknown setting; did you mean batch\?$/m);
    expect(parse).toThrow(/^--lr .* cannot be -1; allowed: a number above 0$/m);
    expect(parse).toThrow(/^--measure .* cannot be \["fulbs","minibs"\]; did you mean fullbs\?$/m);
    expect(parse).toThrow(/^--activation .* cannot be "rellu"; did you mean relu\?$/m);
    expect(() => parseTrainConfig({ ...needed, augment: "flp", lr: -1 })).toThrow(
      /lr .* cannot be -1[\s\S]*augment .*flp is no augmentation|augment[\s\S]*flp is no augmentation[\s\S]*lr .* cannot be -1/,
    );
    expect(() => parseTrainConfig({ ...needed, "order-seed": Number.POSITIVE_INFINITY })).toThrow(
      /order-seed .* cannot be Infinity; allowed: an integer from 0 up/,
    );
    expect(() => parseTrainConfig({})).toThrow(/data.*is missing.*\n.*lr.*\n.*batch.*\n.*steps/s);
  });

  it("calls a setting as its source does", () => {
    expect(() => parseTrainConfig({ ...needed, lr: -1 }, (key) => `--${key}`)).toThrow(/^--lr/);
  });
});

describe("parseFlag", () => {
  it("reads numbers, lists and names", () => {
    expect(parseFlag(trainFields.lr, "1e-2")).toBe(0.01);
    expect(parseFlag(trainFields.batch, "full")).toBe("full");
    expect(parseFlag(trainFields.width, "64, 32")).toEqual([64, 32]);
    expect(parseFlag(trainFields.measure, "minibs,loss")).toEqual(["minibs", "loss"]);
    expect(parseFlag(trainFields.measure, "")).toEqual([]);
    expect(parseFlag(trainFields.lr, "fast")).toBe("fast");
    expect(parseFlag(trainFields.lr, "")).toBe("");
  });
});

describe("readConfigFile", () => {
  it("reads YAML and JSON alike", () => {
    const yaml = file(
      "run.yaml",
      "lr: 0.05\nbatch: full\nwidth: [64, 32]\ninit-scale: 0.2 # the paper's\n",
    );
    const json = file(
      "run.json",
      '{"lr": 0.05, "batch": "full", "width": [64, 32], "init-scale": 0.2}',
    );
    expect(readConfigFile(yaml)).toEqual({
      lr: 0.05,
      batch: "full",
      width: [64, 32],
      "init-scale": 0.2,
    });
    expect(readConfigFile(json)).toEqual(readConfigFile(yaml));
  });

  it("says where the syntax is wrong", () => {
    const path = file("wrong.yaml", "lr: 0.05\nwidth: [64, 32\n");
    expect(() => readConfigFile(path)).toThrow(/wrong\.yaml:[23]: /);
  });

  it("says which file is missing or holds no settings", () => {
    expect(() => readConfigFile(join(root, "none.yaml"))).toThrow(
      /none\.yaml cannot be read \(ENOENT\)/,
    );
    expect(() => readConfigFile(file("list.yaml", "- 1\n"))).toThrow(/expected settings by name/);
  });
});
