import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fork, measureAt, readRun, resume, staticAt, train } from "@eoss/lab";
import { renderReport } from "@eoss/report";
import { comparisonsOf } from "@eoss/run";
import { build } from "tsup";
import { afterAll, describe, expect, it, vi } from "vitest";
import { buildWorker } from "../threads/builtWorker.fixture.js";
import { dyingAt, newFolders, tinyConfig, untimedLines, withoutEnd } from "./testRuns.fixture.js";

vi.mock("../threads/workerFile.js", () => import("../threads/builtWorker.fixture.js"));
buildWorker();

const newFolder = newFolders("own-rules");
// Inside of this package, where a file of somebody else finds what it imports.
const root = mkdtempSync(join(process.cwd(), "own-rules-"));
afterAll(() => rmSync(root, { recursive: true }));
const ran = globalThis as { ownRules?: number };

let count = 0;

/** A copy of an example. */
const example = (file: string) =>
  written(
    readFileSync(new URL(`../../../../examples/rules-template/${file}`, import.meta.url), "utf8"),
  );

/** A file of a user beside the packages of eoss. */
function written(code: string): string {
  const file = join(root, `${count++}.mjs`);
  writeFileSync(file, `globalThis.ownRules = (globalThis.ownRules ?? 0) + 1;\n${code}`);
  return file;
}

const HEAVY = `import { defineOptimizer } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
export default defineOptimizer({
  name: "my-heavy-ball",
  defaults: { momentum: 0.9 },
  slots: ["velocity"],
  threshold: {
    formula: "(2 + 2β)/η",
    words: "my own words",
    value: ({ learningRate, momentum }) => (2 + 2 * momentum) / learningRate,
  },
  update({ theta, gradient, slots }, { learningRate, momentum }) {
    const velocity = tf.add(tf.mul(slots.velocity, momentum), gradient);
    return { theta: tf.sub(theta, tf.mul(velocity, learningRate)), velocity };
  },
});`;

async function made(settings: Record<string, unknown>): Promise<string> {
  const out = newFolder();
  await train(tinyConfig({ lr: 0.02, ...settings }), { out });
  return out;
}

describe("an optimizer of a user", () => {
  const file = written(HEAVY);
  const own = `${file} momentum=0.5 weight-decay=0.01`;
  const builtIn = "heavy-ball momentum=0.5 weight-decay=0.01";

  it("trains, resumes, forks and is measured bit for bit as the built-in one with its formula", async () => {
    const expected = await made({ optimizer: builtIn });
    const whole = await made({ optimizer: own });
    expect(untimedLines(whole)).toEqual(untimedLines(expected));
    const killed = newFolder();
    const config = tinyConfig({ lr: 0.02, optimizer: own, "checkpoint-every": 8 });
    await expect(train(config, { out: killed, ...dyingAt(18) })).rejects.toThrow("killed");
    withoutEnd(killed);
    await expect(resume(killed)).rejects.toThrow(/names code that is not part of eoss.*--trust/);
    await resume(killed, {}, { trusted: [file] });
    expect(untimedLines(killed)).toEqual(untimedLines(expected));
    const trusted = { trusted: [file] };
    const [mine, theirs] = [newFolder(), newFolder()];
    await fork(whole, { lr: 0.01 }, { at: 12, out: mine, ...trusted });
    await fork(expected, { lr: 0.01 }, { at: 12, out: theirs });
    expect(untimedLines(mine)).toEqual(untimedLines(theirs));
    const measure = { measure: ["critical-sharpness", "momentum-sharpness"] };
    const values = async (directory: string, options = {}) =>
      (await measureAt(directory, 12, measure, options)).measurements.map(({ value }) => value);
    expect(await values(whole, trusted)).toEqual(await values(expected));
    const curve = await staticAt(whole, 12, { tolerance: 0.9 }, { batchSizes: [60], ...trusted });
    expect(curve.comparisons.fullbs).toMatchObject({
      value: 150 - 0.01,
      formula: "(2 + 2β)/η − w",
    });
  }, 300_000);

  it("has the same numbers with threads, and its threshold in reports without its code", async () => {
    // Threads are not told where vitest finds the sources: a file with all that it imports.
    const built = join(root, "bundled.js");
    await build({
      ...{ entry: { bundled: file }, outDir: root, format: "esm", noExternal: [/^@eoss\//] },
      ...{ config: false, silent: true },
      esbuildOptions: (options) => {
        options.conditions = ["@eoss/source"];
      },
    });
    const settings = {
      optimizer: own.replace(file, built),
      measure: ["minibs", "fullbs", "critical-sharpness"],
    };
    const one = await made(settings);
    const two = await made({ ...settings, workers: 2 });
    expect(untimedLines(two)).toEqual(untimedLines(one));
    const loads = ran.ownRules;
    const run = readRun(one);
    const compared = comparisonsOf(run.manifest)({ quantity: "fullbs" }, 0);
    expect(compared).toMatchObject({ value: 150 - 0.01, formula: "(2 + 2β)/η − w" });
    expect(/\(2.\+.2β\)\/η/.test(renderReport([run]))).toBe(true);
    expect(ran.ownRules).toBe(loads);
  }, 300_000);

  it("may come and go in the middle of a run", async () => {
    const intervene = (name: string) => [
      `at=8 optimizer=${name} momentum=0.5`,
      "at=16 optimizer=sgd",
    ];
    const mine = await made({ intervene: intervene(file) });
    expect(untimedLines(mine)).toEqual(
      untimedLines(await made({ intervene: intervene("heavy-ball") })),
    );
    const compare = comparisonsOf(readRun(mine).manifest);
    const at = (step: number) => compare({ quantity: "fullbs" }, step).formula;
    expect([at(0), at(8), at(16)]).toEqual(["2/η", "(2 + 2β)/η", "2/η"]);
  });

  it("is trusted where a fork names it", async () => {
    const parent = await made({ measure: ["loss"] });
    const out = newFolder();
    await fork(parent, { optimizer: `${file} momentum=0.5` }, { at: 8, out });
    expect(readRun(out).manifest.optimizers?.[0]?.traits.name).toBe("my-heavy-ball");
  });

  it("is refused when it was changed since", async () => {
    const changing = written(HEAVY);
    const out = await made({ optimizer: changing, steps: 8 });
    writeFileSync(changing, `${HEAVY}\n// changed`);
    await expect(resume(out, { steps: 16 }, { trusted: [changing] })).rejects.toThrow(
      /changed since the run began: code of .*mjs/,
    );
  });

  it.each([
    ["an option that it has not", HEAVY, "beta=0.5", /has no option beta; it has: /],
    ["a value that does not fit", HEAVY, "momentum=2", /momentum of .* is 2; allowed/],
    [
      "a threshold that is not its own",
      HEAVY.replace("2 + 2 * momentum", "2 - momentum"),
      "",
      /the optimizer my-heavy-ball breaks the contract of optimizers: .*the threshold is higher/,
    ],
    [
      "an error in it",
      HEAVY.replace("const velocity", 'if (slots) throw new TypeError("oh"); const velocity'),
      "",
      /the optimizer .*mjs failed in step: TypeError: oh \(\d+\.mjs:\d+\)$/,
    ],
    ["no optimizer in it", "export default 3;", "", /is not an optimizer: it is number/],
    ["nothing in it", "export {};", "", /exports no optimizer: make it the default export/],
  ])("is refused before the first step, with %s", async (_, code, options, message) => {
    const optimizer = `${written(code)} ${options}`;
    await expect(made({ optimizer })).rejects.toThrow(message);
  });

  it("and all rules from the examples train together, and the report says their threshold", async () => {
    const files = ["optimizer.js", "noise.js", "loss.js", "sampler.js"].map(example);
    const [optimizer, noise, loss, sampler] = files as [string, string, string, string];
    const settings = {
      ...{ optimizer: `${optimizer} share=0.5`, loss: `${loss} width=2` },
      ...{ sampler: `${sampler} stride=3`, intervene: [`at=12 noise=${noise},size=0.5`] },
    };
    const out = await made(settings);
    await expect(resume(out, { steps: 32 }, { trusted: files.slice(1) })).rejects.toThrow(
      "--trust",
    );
    await resume(out, { steps: 32 }, { trusted: files });
    expect(untimedLines(out)).toEqual(untimedLines(await made({ ...settings, steps: 32 })));
    const { manifest } = readRun(out);
    expect(comparisonsOf(manifest)({ quantity: "fullbs" }, 0).value).toBeCloseTo(3.8 / 0.02, 9);
    const { fingerprints } = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
    for (const file of files) {
      // Where the two have no folder in common, a path stays absolute.
      const paths = [file, relative(realpathSync(out), file)];
      const parts = Object.keys(fingerprints).filter((name) =>
        paths.some((path) => name.startsWith(`code of ${path}:`)),
      );
      expect(parts, file).not.toEqual([]);
    }
    const measure = { measure: ["full-gauss-newton", "minibs", "gni"] };
    const { measurements } = await measureAt(out, 20, measure, { trusted: files });
    for (const { value } of measurements) expect(value).toBeGreaterThan(0);
  }, 300_000);

  it.each([
    ["a loss", { loss: "huber delta=-1" }, /loss "huber delta=-1": delta of huber is -1; allowed/],
    ["a loss", { loss: "hubre" }, /unknown loss "hubre".*did you mean huber/],
    [
      "a Fisher matrix",
      { loss: "huber", measure: ["fisher"] },
      /fisher is of the Fisher matrix, but/,
    ],
    ["a sampler", { sampler: "independent k=1" }, /sampler independent has no option k/],
    ["a sampler", { sampler: "shuffled" }, /unknown sampler "shuffled"/],
  ])("and %s that does not fit is refused", async (_, settings, message) => {
    await expect(made(settings)).rejects.toThrow(message);
  });

  it.each(["huber delta=0.3", "hinge power=2", "label-smoothing smoothing=0.2"])(
    "and the loss %s trains and is measured",
    async (loss) => {
      const out = await made({ loss, measure: ["loss", "fullbs", "full-gauss-newton"], steps: 8 });
      expect(readRun(out).records.every(({ value }) => value !== null)).toBe(true);
    },
  );
});
