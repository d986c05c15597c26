import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readManifest } from "@eoss/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fork } from "./fork.js";
import { measureAt } from "./measureAt.js";
import { resume } from "./resume.js";
import { newFolders, tinyConfig, untimedLines } from "./testRuns.fixture.js";
import { train } from "./train.js";

const newFolder = newFolders("own-data");
const folder = newFolder();
const code = join(folder, "line.mjs");
const from = process.cwd();

beforeAll(() => {
  mkdirSync(folder);
  const zod = import.meta.resolve("zod");
  writeFileSync(
    code,
    `import { z } from ${JSON.stringify(zod)};
     export default {
       name: "line", description: "y = 2x", options: z.object({ points: z.number().default(40) }),
       load({ points }, { random }) {
         const inputs = Float32Array.from(random.fork(0).normals(points));
         return { inputShape: [1], task: { kind: "regression", outputs: 1 },
           train: { inputs, targets: inputs.map((x) => 2 * x) }, source: "made" };
       },
     };`,
  );
  // A row of two numbers and what is learnt of it.
  const header = (shape: string) => `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const npy = (shape: string, values: number[]) => {
    const length = Buffer.alloc(2);
    length.writeUInt16LE(header(shape).length);
    const start = Buffer.from("\x93NUMPY\x01\0", "latin1");
    return Buffer.concat([
      start,
      length,
      Buffer.from(header(shape)),
      Buffer.from(Float32Array.from(values).buffer),
    ]);
  };
  const rows = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(2 * i)]);
  writeFileSync(join(folder, "x.npy"), npy("(40, 2)", rows.flat()));
  writeFileSync(
    join(folder, "y.npy"),
    npy(
      "(40,)",
      rows.map(([a, b]) => (a! + b! > 0 ? 1 : 0)),
    ),
  );
  process.chdir(folder);
});
afterAll(() => process.chdir(from));

const settings = (more: Record<string, unknown>) =>
  tinyConfig({ samples: undefined, measure: ["loss", "fullbs"], steps: 8, every: 4, ...more });

describe("data of a user's code", () => {
  it("is trained on, recorded, and loaded again only if it is named", async () => {
    const out = newFolder();
    await train(settings({ data: "./line.mjs", "data-options": { points: 30 } }), { out });
    const manifest = readManifest(out);
    expect(manifest.dataset).toMatchObject({
      name: "line",
      samples: 30,
      classes: 0,
      task: "regression",
      outputs: 1,
      source: "made",
    });
    expect(Object.keys(manifest.fingerprints!)).toEqual(
      expect.arrayContaining([
        "training inputs",
        "training targets",
        `code of ${relative(out, code)}: line.mjs`,
      ]),
    );
    await expect(resume(out, { steps: 12 })).rejects.toThrow("--trust ./line.mjs");
    await resume(out, { steps: 12 }, { trusted: ["./line.mjs"] });
    const straight = newFolder();
    await train(settings({ data: "./line.mjs", "data-options": { points: 30 }, steps: 12 }), {
      out: straight,
    });
    expect(untimedLines(out)).toEqual(untimedLines(straight));
  });

  it("refuses what has no meaning for numbers", async () => {
    const out = newFolder();
    const wrong = (more: object) => train(settings({ data: "./line.mjs", ...more }), { out });
    await expect(wrong({ loss: "ce" })).rejects.toThrow(
      "loss ce is for classes, but line has numbers",
    );
    await expect(wrong({ measure: ["accuracy"] })).rejects.toThrow(
      "accuracy is for two classes or more",
    );
    await expect(wrong({ "stop-accuracy": 0.5 })).rejects.toThrow(
      "accuracy is for two classes or more",
    );
    await expect(wrong({ measure: ["test-loss"] })).rejects.toThrow(
      "no sample is left for the test split",
    );
  });
});

describe("data of a file", () => {
  it("is two classes as signs: trained, forked, measured, and refused when it changed", async () => {
    const out = newFolder();
    const data = { data: "x.npy", "data-options": { labels: "y.npy", task: "binary", test: 0.25 } };
    const notes: string[] = [];
    await train(settings({ ...data, measure: ["loss", "accuracy", "test-accuracy"] }), {
      out,
      onNotes: (some) => notes.push(...some),
    });
    const { dataset } = readManifest(out);
    expect(dataset).toMatchObject({
      name: "x.npy",
      samples: 30,
      classes: 2,
      task: "binary",
      outputs: 1,
    });
    expect(dataset.notes).toEqual(notes);
    expect(notes[1]).toBe("task: binary, 0 is −1 and 1 is +1, one output");
    const records = untimedLines(out).map((line) => JSON.parse(line));
    const accuracies = records.filter(({ quantity }) => quantity === "test-accuracy");
    expect(accuracies.length).toBeGreaterThan(1);
    for (const { value } of accuracies) expect(10 * value).toBeCloseTo(Math.round(10 * value));
    await fork(out, { lr: 0.05 }, { at: 4, out: newFolder() });
    const measured = await measureAt(out, "final", { measure: ["fullbs"] });
    expect(JSON.stringify(measured)).toContain("fullbs");
    const moved = newFolder();
    mkdirSync(moved);
    const file = readFileSync(join(folder, "x.npy"));
    writeFileSync(join(moved, "x.npy"), file);
    writeFileSync(join(moved, "y.npy"), readFileSync(join(folder, "y.npy")));
    await resume(out, { steps: 10, "data-dir": moved });
    file.writeFloatLE(5, file.length - 4);
    writeFileSync(join(moved, "x.npy"), file);
    await expect(resume(out, { steps: 12, "data-dir": moved })).rejects.toThrow(
      /changed since the run began: .*inputs/,
    );
  });
});
