import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readRun } from "@eoss/lab";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { newFolders, tiny, untimedLines } from "../../../lab/src/run/testRuns.fixture.js";
import { estimateCost, plannedWork } from "./costEstimate.js";
import type { StepRow } from "./plots/rows.js";
import { type ReproduceOptions, type Reproduction, reproduce } from "./reproduce.js";

const newFolder = newFolders("reproduce");

/** A recipe of a second. */
const recipe = (figure: string, batches: readonly number[], others: object = {}) =>
  JSON.stringify({
    figure,
    title: "A small <one>",
    see: "that it works",
    base: { ...tiny, measure: ["fullbs", "minibs", "loss"], width: [6], steps: 24, every: 6 },
    list: Object.fromEntries(batches.map((batch) => [`b${batch}`, { batch }])),
    forks: { slower: { parent: "b8", at: 12, changes: { lr: 0.05 } } },
    static: {
      start: { run: "b8", at: "init", batches: [8, 30], settings: { "max-batches": 16 } },
      late: { run: "slower", at: "final", batches: [4], settings: { "max-batches": 16 } },
    },
    scales: { digits: {}, small: {} },
    plots: [
      { kind: "steps", name: "sharpness", of: ["minibs", "fullbs"], dots: true },
      { kind: "steps", name: "loss", of: ["loss"], panels: "quantity", log: true, unit: "none" },
      { kind: "batch-size", name: "gap", of: ["gap"], static: ["start"] },
    ],
    claims: [
      { claim: "low", kind: "level", of: "minibs", at: "start", within: [0, 100] },
      { claim: "high", kind: "level", of: "minibs", at: "start", within: [100, null] },
      { claim: "nothing", kind: "jump", of: "fullbs", twin: "slower", direction: "none" },
    ],
    ...others,
  });

function files(figure: string, batches: readonly number[], others: object = {}) {
  const folder = newFolder();
  mkdirSync(folder);
  const file = join(folder, "recipe.yaml");
  writeFileSync(file, recipe(figure, batches, others));
  const options: ReproduceOptions = {
    out: join(folder, "out"),
    scale: "digits",
    jobs: 1,
    command: "eoss reproduce <it>",
  };
  return { file, options, folder };
}

const runFolders = (out: string) => readdirSync(join(out, "runs")).sort();

describe("reproduce", () => {
  const { file, options, folder } = files("one", [4, 8]);
  const { out } = options;
  let result: Reproduction;
  beforeAll(async () => {
    result = await reproduce(file, options);
  });

  it("first says what it would make", () => {
    const { runs, statics } = plannedWork(file, { ...options, out: `${out}-other` });
    expect(runs.map(({ state, steps }) => [state, steps])).toEqual(Array(3).fill(["to make", 24]));
    expect(statics.map(({ state }) => state)).toEqual(["to make", "to make"]);
    expect(existsSync(`${out}-other`)).toBe(false);
    const after = plannedWork(file, options);
    expect([...after.runs, ...after.statics].every(({ state }) => state === "done")).toBe(true);
  });

  it("gives a verdict on each claim with what was measured", () => {
    expect(result.claims.map(({ verdict }) => verdict)).toEqual([
      "holds",
      "does not hold",
      expect.stringMatching(/holds|undecided/),
    ]);
    for (const { figure, measured } of result.claims) {
      expect(figure).toBe("one");
      expect(measured.length).toBeGreaterThan(0);
      for (const { value, error } of measured) expect(value! + error!).not.toBeNaN();
    }
    // Fork and parent have the same parameters where they part.
    expect(result.claims[2]!.measured[0]!.value).toBeCloseTo(0, 4);
    expect(JSON.parse(readFileSync(join(out, "claims.json"), "utf8"))).toHaveLength(3);
  });

  it("draws every plot as SVG, PNG, CSV, JSON and Vega-Lite", () => {
    const folder = join(out, "figures", "one");
    for (const name of ["sharpness", "loss", "gap"]) {
      const read = (ending: string) => readFileSync(join(folder, `${name}.${ending}`), "utf8");
      expect(read("svg")).toMatch(/^<svg [^>]*>\s*<title>Figure one: A small &lt;one&gt;/);
      expect(read("svg")).not.toContain("NaN");
      const rows = JSON.parse(read("json")) as object[];
      expect(read("csv").trim().split("\n")).toHaveLength(rows.length + 1);
      expect(JSON.parse(read("vl.json")).data.url).toBe(`${name}.csv`);
      const image = readFileSync(join(folder, `${name}.png`));
      expect(image.subarray(1, 4).toString()).toBe("PNG");
    }
    const b4 = result.figures[0]!.runs.find(({ name }) => name === "b4")!;
    const minibs = readRun(join(out, b4.directory)).records.filter(
      ({ quantity }) => quantity === "minibs",
    );
    const rows = JSON.parse(readFileSync(join(folder, "sharpness.json"), "utf8")) as Array<
      Record<string, unknown>
    >;
    const own = rows.filter(({ run, quantity }) => run === "b4" && quantity === "minibs");
    expect(own.filter(({ single }) => single)).toHaveLength(
      minibs.reduce((sum, { batches }) => sum + batches!.length, 0),
    );
    // In units of 2/η = 20.
    expect(own[0]!.value).toBeCloseTo(minibs[0]!.value! / 20, 12);
  });

  it("writes one page with all figures, verdicts and where they are from", () => {
    const page = readFileSync(result.report!, "utf8");
    for (const text of ["that it works", "does not hold", "eoss reproduce &lt;it&gt;", "seed 5"]) {
      expect(page).toContain(text);
    }
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  it("uses again what is there, also for another figure", async () => {
    const before = runFolders(out);
    const stamps = before.map((name) => readFileSync(join(out, "runs", name, "run.json"), "utf8"));
    const other = join(folder, "other.yaml");
    writeFileSync(other, recipe("two", [8, 16]));
    expect((await reproduce(other, options)).claims).toHaveLength(3);
    const after = runFolders(out);
    expect(after.filter((name) => !before.includes(name))).toHaveLength(1);
    expect(before.map((name) => readFileSync(join(out, "runs", name, "run.json"), "utf8"))).toEqual(
      stamps,
    );
  });

  it("keeps the report and the claims of what was there before", async () => {
    await reproduce(file, { ...options, scale: "small" });
    const page = readFileSync(join(out, "report.html"), "utf8");
    for (const label of ["one", "one-small", "two"]) {
      expect(page).toContain(`<section id="figure-${label}">`);
    }
    const claims = JSON.parse(readFileSync(join(out, "claims.json"), "utf8")) as object[];
    expect(claims).toHaveLength(9);
    expect(claims[3]).toMatchObject({ figure: "one", scale: "small" });
    const table = readFileSync(join(out, "claims.md"), "utf8").trim().split("\n");
    expect(table).toHaveLength(2 + 9);
    expect(table[2]).toMatch(/^\| one \| low \| holds \| minibs of b4: \d/);
  });

  it("with more seeds makes the missing runs, and gives means over all", async () => {
    const before = runFolders(out);
    const three = { ...options, seeds: 3 };
    expect(plannedWork(file, three).runs.map(({ state }) => state)).toEqual([
      ...Array(3).fill("done"),
      ...Array(6).fill("to make"),
    ]);
    const { claims, figures } = await reproduce(file, three);
    expect(runFolders(out)).toHaveLength(before.length + 6);
    // Where the seeds alone differ, the data, the start and the batches do.
    const first = result.claims[0]!.measured.map(({ value }) => value);
    for (const [i, { value, error, seeds }] of claims[0]!.measured.entries()) {
      expect(new Set(seeds).size).toBe(3);
      expect(seeds![0]).toBe(first[i]);
      expect(value).toBeCloseTo(
        seeds!.reduce<number>((sum, one) => sum + one! / 3, 0),
        10,
      );
      expect(error).toBeGreaterThan(0);
    }
    const names = figures[0]!.runs.map(({ name }) => name);
    expect(names).toHaveLength(9);
    expect(names).toContain("slower, seeds + 2");
    const rows = JSON.parse(
      readFileSync(join(out, "figures", "one", "sharpness.json"), "utf8"),
    ) as StepRow[];
    const own = rows.filter(
      ({ run, quantity, step }) => run === "b4" && quantity === "minibs" && step === 0,
    );
    expect(own.map(({ single }) => single)).toEqual([undefined, true, true, true]);
    expect(own[0]!.value).toBeCloseTo(claims[0]!.measured[0]!.value!, 10);
    const page = readFileSync(join(out, "report.html"), "utf8");
    expect(page).toContain("Means over 3 seeds");
    expect(page).toMatch(/\(3 seeds: [\d.]+ to [\d.]+\)/);
  });

  it("refuses a folder whose run has other settings", async () => {
    const b4 = result.figures[0]!.runs.find(({ name }) => name === "b4")!;
    const path = join(out, b4.directory, "run.json");
    const manifest = readFileSync(path, "utf8");
    const { config, ...rest } = JSON.parse(manifest);
    writeFileSync(path, JSON.stringify({ ...rest, config: { ...config, lr: 0.3 } }));
    await expect(reproduce(file, options)).rejects.toThrow(/settings do not match its name/);
    writeFileSync(path, manifest);
  });
});

/** No test reads or writes the user's own table of costs. */
function ownCache() {
  beforeEach(() => vi.stubEnv("XDG_CACHE_HOME", newFolder()));
  afterEach(() => vi.unstubAllEnvs());
}

describe("the estimate of the time", () => {
  ownCache();
  const plain = {
    forks: {},
    static: {},
    claims: [],
    plots: [{ kind: "steps", name: "s", of: ["loss"] }],
  };

  it("is that of the runs that are there, for what is left to make", async () => {
    const first = files("first", [4, 8], plain);
    await reproduce(first.file, first.options);
    const { out } = first.options;
    const whole = runFolders(out).map((name) => {
      const { records } = readRun(join(out, "runs", name));
      return records.reduce((sum, { seconds }) => sum + seconds, 0);
    });
    const sum = whole[0]! + whole[1]!;
    // The same settings from another start take as long.
    const again = files("again", [4, 8], { ...plain, grid: { seed: [1] } });
    const options = { ...again.options, out };
    const same = await estimateCost(again.file, options);
    expect(same).toMatchObject({ recorded: 2, tried: 0 });
    expect(same.seconds / sum).toBeCloseTo(1, 6);
    const two = await estimateCost(again.file, { ...options, jobs: 2 });
    expect(two.seconds / Math.max(sum / 2, ...whole)).toBeCloseTo(1, 6);
    expect((await estimateCost(first.file, options)).seconds).toBe(0);
  });

  it("is tried out where no run like it is there", async () => {
    const { file, options, folder } = files("new", [4, 8]);
    const first = await estimateCost(file, options);
    const { recorded, tried, products, unknown, seconds, figures } = first;
    // How many trials there is time for depends on the machine.
    expect({ recorded, unknown, all: tried + products }).toEqual({
      ...{ recorded: 0, unknown: 0, all: 5 },
    });
    expect(seconds).toBeGreaterThan(0);
    expect(figures).toEqual([{ figure: "new", seconds }]);
    expect(readdirSync(folder)).toEqual(["recipe.yaml"]);
  });

  it("is kept: what was tried is not tried again", async () => {
    const { file, options } = files("kept", [4, 8]);
    const noted = async () => {
      const notes: string[] = [];
      const cost = await estimateCost(file, { ...options, onNote: (text) => notes.push(text) });
      return { cost, notes };
    };
    const [first, again] = [await noted(), await noted()];
    // How much of it there is time for at once depends on the machine.
    expect(first.notes.length).toBeGreaterThan(0);
    expect(again.notes.filter((text) => first.notes.includes(text))).toEqual([]);
    expect(again.cost.tried).toBeGreaterThanOrEqual(first.cost.tried);
    if (first.cost.tried === 5) expect(again.cost).toEqual(first.cost);
  });

  it("of a table that is broken, or of another version, is measured anew", async () => {
    const { file, options } = files("stale", [4], plain);
    const path = join(process.env.XDG_CACHE_HOME!, "eoss", "costs.json");
    await estimateCost(file, options);
    const kept = readFileSync(path, "utf8");
    for (const text of ["{", kept.replace(/eoss [^,]*/, "eoss 0.0.0-older")]) {
      writeFileSync(path, text.replaceAll(/"(step|measurement|sample)": [^,\n]*/g, '"$1": 1e9'));
      expect((await estimateCost(file, options)).seconds).toBeLessThan(1e6);
      expect(JSON.parse(readFileSync(path, "utf8")).measuredOn).not.toContain("older");
    }
  });
});

describe("an interrupted estimate", () => {
  ownCache();
  it.each([0, 1])("says so, after %i trials", async (trials) => {
    const { file, options, folder } = files("cut", [4, 8]);
    let left = trials;
    const controller = new AbortController();
    const onNote = () => --left <= 0 && controller.abort();
    if (trials === 0) controller.abort();
    const hooks = { onNote, signal: controller.signal };
    await expect(estimateCost(file, { ...options, ...hooks })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(readdirSync(folder)).toEqual(["recipe.yaml"]);
  });

  it("of runs that measure nothing is an estimate too", async () => {
    const base = { ...tiny, measure: [], width: [6], steps: 24, every: 6 };
    const plots = [{ kind: "steps", name: "s", of: ["step-loss"] }];
    const none = files("none", [4], { forks: {}, static: {}, claims: [], plots, base });
    expect((await estimateCost(none.file, none.options)).seconds).toBeGreaterThan(0);
  });
});

describe("an interrupted reproduction", () => {
  it("goes on where it stopped, to the same numbers", async () => {
    const whole = files("whole", [4, 8]);
    await reproduce(whole.file, whole.options);
    const cut = files("whole", [4, 8]);
    const stop = new AbortController();
    const first = await reproduce(cut.file, {
      ...cut.options,
      signal: stop.signal,
      onProgress: ({ config }, { step }) => {
        if (config.batch === 8 && step === 9) stop.abort();
      },
    });
    expect(first).toMatchObject({ interrupted: true, claims: [] });
    expect(plannedWork(cut.file, cut.options).runs.map(({ state }) => state)).toEqual([
      "done",
      "begun",
      "to make",
    ]);
    const second = await reproduce(cut.file, cut.options);
    expect(second.interrupted).toBe(false);
    expect(second.claims.map(({ measured }) => measured)).toEqual(
      (await reproduce(whole.file, whole.options)).claims.map(({ measured }) => measured),
    );
    for (const name of runFolders(whole.options.out)) {
      const [a, b] = [whole, cut].map(({ options: { out } }) => join(out, "runs", name));
      expect(untimedLines(b!)).toEqual(untimedLines(a!));
    }
  });
});
