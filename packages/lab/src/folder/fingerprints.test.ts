import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fork, measureAt, resume, staticAt, train } from "@eoss/lab";
import { manifestOf } from "@eoss/run";
import { mul } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { openInputs } from "../run/open.js";
import { newFolders, tinyConfig, untimedLines } from "../run/testRuns.fixture.js";
import { codeParts } from "./codeParts.js";
import { checkInputs, withFingerprints } from "./fingerprints.js";

const newFolder = newFolders("fingerprints");

const write = (root: string, files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
};

const contents = (directory: string) =>
  (readdirSync(directory, { recursive: true }) as string[])
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => [path, readFileSync(path, "latin1")]);

const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(path, change(readFileSync(path, "utf8")));

/** A quantity in two files, with a number that can be changed in the second. */
const quantity = (number: number) => ({
  "quantity.mjs": `import { number } from "./part.mjs";
    export default { name: "constant", description: "", over: "full", unit: "loss", needs: [], cost: "",
      measure: () => ({ value: number, products: 0, status: "exact" }) };`,
  "part.mjs": `export const number = ${number};`,
});

describe("the parts of code", () => {
  const module = () =>
    write(newFolder(), {
      "model.mjs": `import { a } from "./lib/a.mjs"; export * from 'theirs/sub.js';
        const text = "import x from './not-there.js'"; await import("./late.mjs");
        new URL("./weights.bin", import.meta.url);`,
      "lib/a.mjs": `import "node:fs"; import "../model.mjs"; const b = require("./b");`,
      "lib/b.js": "exports.b = 1;",
      "late.mjs": "",
      "weights.bin": "123",
      "unused.mjs": "",
      "node_modules/theirs/package.json":
        '{"name":"theirs","version":"1.2.3","dependencies":{"deep":"*"}}',
      "node_modules/theirs/sub.js": "export const c = 1;",
      "node_modules/theirs/README.md": "",
      "node_modules/deep/package.json":
        '{"name":"deep","version":"0.1.0","exports":{"import":"./x.mjs"}}',
      "node_modules/deep/x.mjs": "export const d = 1;",
    });
  const changedBy = (change: (root: string) => void, specifier: string) => {
    const root = module();
    const before = codeParts(specifier, root);
    change(root);
    const after = codeParts(specifier, root);
    return [...after].filter(([name, hash]) => before.get(name) !== hash).map(([name]) => name);
  };

  it("are the module, what it imports, and packages with what they depend on", () => {
    expect([...codeParts("./model.mjs", module()).keys()].sort()).toEqual([
      "late.mjs",
      "lib/a.mjs",
      "lib/b.js",
      "model.mjs",
      "package deep",
      "package theirs",
      "weights.bin",
    ]);
    expect([...codeParts("theirs/sub.js#c", module()).keys()]).toEqual([
      "package theirs",
      "package deep",
    ]);
  });

  it.each([
    ["model.mjs", "model.mjs"],
    ["lib/b.js", "lib/b.js"],
    ["weights.bin", "weights.bin"],
    ["node_modules/theirs/sub.js", "package theirs"],
    ["node_modules/deep/x.mjs", "package deep"],
    ["unused.mjs", undefined],
    ["node_modules/theirs/README.md", undefined],
  ])("differ when %s does", (file, part) => {
    const change = (root: string) => edit(join(root, file), (text) => `${text} `);
    expect(changedBy(change, "./model.mjs")).toEqual(part ? [part] : []);
  });

  it("differ when a package has another version", () => {
    const change = (root: string) =>
      edit(join(root, "node_modules/theirs/package.json"), (text) =>
        text.replace("1.2.3", "1.2.4"),
      );
    expect(changedBy(change, "theirs/sub.js")).toEqual(["package theirs"]);
  });
});

describe("code that was changed", () => {
  it("is refused by name, and accepted on request", async () => {
    const folder = write(newFolder(), quantity(1));
    const file = join(folder, "quantity.mjs");
    const out = newFolder();
    await train(tinyConfig({ measure: ["loss", file] }), { out });
    const trusted = [file];
    // The same code is no change.
    await fork(out, { lr: 0.05 }, { at: 12, out: newFolder(), trusted });
    edit(join(folder, "part.mjs"), (text) => text.replace("1", "2"));
    const before = contents(out);
    const message =
      /changed since the run began: code of .*quantity.mjs: part.mjs.*--accept-changes/;
    const twin = newFolder();
    await expect(resume(out, { steps: 30 }, { trusted })).rejects.toThrow(message);
    await expect(fork(out, {}, { at: 12, out: twin, trusted })).rejects.toThrow(message);
    await expect(measureAt(out, 12, {}, { trusted })).rejects.toThrow(message);
    expect(contents(out)).toEqual(before);
    expect(() => statSync(twin)).toThrow();
    // Without that code there is nothing that changed.
    await measureAt(out, 12, { measure: ["loss"] });
    const warnings: string[] = [];
    const onWarning = (text: string) => warnings.push(text);
    await resume(out, { steps: 30 }, { trusted, acceptChanges: true, onWarning });
    expect(warnings[0]).toMatch(/part.mjs; numbers from here on may differ/);
    const { resumes } = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
    expect(resumes[0].changed).toEqual([`code of ${relative(out, file)}: part.mjs`]);
    // From here on that is the run's.
    await resume(out, { steps: 32 }, { trusted });
  });
});

describe("what a run is made of", () => {
  const opened = async () => {
    const inputs = await openInputs(tinyConfig({ measure: ["loss"] }));
    const manifest = await withFingerprints("DIR", manifestOf(inputs, {}), inputs);
    return { inputs, manifest };
  };

  it("is the same when nothing changed", async () => {
    const { manifest } = await opened();
    const again = await openInputs(tinyConfig({ measure: ["loss"] }));
    expect(await checkInputs("DIR", manifest, again, {})).toEqual([]);
    expect(await checkInputs("DIR", JSON.parse(JSON.stringify(manifest)), again, {})).toEqual([]);
  });

  it("is a pixel, a label and a weight", async () => {
    const { inputs, manifest } = await opened();
    const { dataset, model } = inputs;
    const images = Float32Array.from(dataset.images);
    images[1234]! += 1e-6;
    const labels = Uint8Array.from(dataset.labels);
    labels[7]! ^= 1;
    const expected = (part: RegExp, changed: object) =>
      expect(checkInputs("DIR", manifest, { ...inputs, ...changed }, {})).rejects.toThrow(part);
    await expected(/: training inputs\. Its/, { dataset: { ...dataset, images } });
    await expected(/: training labels\. Its/, { dataset: { ...dataset, labels } });
    await expected(/: training inputs; training labels\. Its/, {
      dataset: { ...dataset, images, labels },
    });
    const init = (...given: Parameters<typeof model.init>) => {
      const params = model.init(...given);
      const [name, tensor] = Object.entries(params)[0]!;
      const wider = mul(tensor, 1.001);
      tensor.dispose();
      return { ...params, [name]: wider };
    };
    await expected(/: initial weights\. Its/, { model: { ...model, init } });
  });

  it("is versions, but for that of Node", async () => {
    const { inputs, manifest } = await opened();
    const { versions } = manifest;
    expect(Object.keys(versions).sort()).toEqual(["backend", "eoss", "node", "tfjs"]);
    const other = (change: object) => ({ ...manifest, versions: { ...versions, ...change } });
    await expect(checkInputs("DIR", other({ tfjs: "3.0.0" }), inputs, {})).rejects.toThrow(
      /tfjs 3\.0\.0, now \d/,
    );
    await expect(checkInputs("DIR", other({ backend: "3.0.0" }), inputs, {})).rejects.toThrow(
      /backend 3/,
    );
    expect(await checkInputs("DIR", other({ node: "18.0.0" }), inputs, {})).toEqual([]);
  });

  it("is the kernels of the wasm backend", async () => {
    const inputs = await openInputs(tinyConfig({ measure: ["loss"] }), "wasm");
    const manifest = await withFingerprints("DIR", manifestOf(inputs, {}), inputs);
    const { kernels, ...older } = manifest.versions;
    expect(kernels).toMatch(/^(simd|relaxed)$/);
    expect(await checkInputs("DIR", manifest, inputs, {})).toEqual([]);
    const other = { ...manifest, versions: { ...older, kernels: "others" } };
    await expect(checkInputs("DIR", other, inputs, {})).rejects.toThrow(
      `kernels others, now ${kernels}. Its numbers would change`,
    );
    // Older versions had those of tfjs alone, and did not say so.
    const said = await checkInputs("DIR", { ...manifest, versions: older }, inputs, {
      acceptChanges: true,
    });
    expect(said).toEqual([`kernels tfjs, now ${kernels}`]);
  });

  it("is the settings in run.json, but for those that may be changed", async () => {
    const out = newFolder();
    await train(tinyConfig({ measure: ["loss"] }), { out });
    const path = join(out, "run.json");
    const sound = readFileSync(path, "utf8");
    const withSetting = (setting: object) => {
      const manifest = JSON.parse(sound);
      Object.assign(manifest.config, setting);
      writeFileSync(path, JSON.stringify(manifest));
    };
    withSetting({ lr: 0.05 });
    const tries = [
      () => resume(out, { steps: 30 }),
      () => fork(out, {}, { at: 6, out: newFolder() }),
      () => measureAt(out, 6, {}),
      () => staticAt(out, 6, {}, { batchSizes: [4] }),
    ];
    for (const attempt of tries) {
      await expect(attempt()).rejects.toThrow(/the settings in run\.json/);
    }
    withSetting({ steps: 26, workers: 2 });
    await resume(out);
    const whole = newFolder();
    await train(tinyConfig({ measure: ["loss"], steps: 26 }), { out: whole });
    expect(untimedLines(out)).toEqual(untimedLines(whole));
  });

  it("is unknown of a run of an older version: that is said, and the run goes on", async () => {
    const out = newFolder();
    await train(tinyConfig({ measure: ["loss"] }), { out });
    edit(join(out, "run.json"), (text) => {
      const { fingerprints: _, versions, ...manifest } = JSON.parse(text);
      return JSON.stringify({ ...manifest, versions: { ...versions, tfjs: "4.0.0" } });
    });
    const warnings: string[] = [];
    await resume(out, { steps: 26 }, { onWarning: (text) => warnings.push(text) });
    expect(warnings[0]).toMatch(
      /has no fingerprints \(an older version of eoss or the playground made it\)/,
    );
  });
});
