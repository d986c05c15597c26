import { readFileSync } from "node:fs";
import { measureAt, readRun, resume, train } from "@eoss/lab";
import { errorSentences } from "@eoss/sharpness";
import { beforeAll, describe, expect, it } from "vitest";
import { newFolders, tinyConfig } from "../../../lab/src/run/testRuns.fixture.js";
import { jobsOf } from "./jobs.js";
import type { Recipe } from "./recipe.js";

const newFolder = newFolders("certify");

async function run(settings: Record<string, unknown>) {
  const out = newFolder();
  const measure = ["fullbs", "full-gauss-newton", "loss"];
  const summary = await train(tinyConfig({ measure, ...settings }), { out });
  const kinds = readRun(out)
    .records.filter(({ quantity }) => quantity === "fullbs")
    .map(({ step, errorKind }) => [step, errorKind]);
  return { out, kinds, summary };
}

describe("certify: off", () => {
  let off: Awaited<ReturnType<typeof run>>;
  beforeAll(async () => {
    off = await run({ certify: "off" });
  });

  it("follows eigenvalues without certificate but at the first and the last measurement", () => {
    expect(off.kinds).toEqual([
      [0, "certified"],
      [8, "uncertified"],
      [16, "uncertified"],
      [24, "certified"],
    ]);
  });

  it("says so wherever errors are printed", () => {
    const { manifest } = readRun(off.out);
    expect(manifest.config.certify).toBe("off");
    expect(manifest.command).toContain("--certify off");
    expect(off.summary.quantities.fullbs!.errorKind).toBe("uncertified");
    const report = readFileSync(off.summary.report, "utf8");
    for (const place of [
      /<figcaption>[\s\S]*?<\/figcaption>/,
      /<h3>Means over the last quarter<\/h3>[\s\S]*?<h3>/,
    ]) {
      expect(place.exec(report)![0]).toContain(errorSentences.uncertified);
    }
  });

  it("measures certified numbers after the fact", async () => {
    const { measurements } = await measureAt(off.out, 16, { measure: ["fullbs", "minibs"] });
    expect(measurements.map(({ errorKind }) => errorKind)).toEqual(["certified", "certified"]);
  });

  it("ends with a certified measurement where a goal ends the run", async () => {
    const stopped = await run({ certify: "off", "stop-loss": 0.9999, every: 4 });
    const { end, records } = { ...readRun(stopped.out).manifest, ...readRun(stopped.out) };
    expect(end!.reason).toBe("stop-loss");
    expect(records.at(-1)!.step).toBe(end!.step);
    expect(stopped.kinds.at(-1)).toEqual([end!.step, "certified"]);
  });

  it.each([
    ["steps", { steps: 24 }, { steps: 32 }],
    ["a goal", { "stop-loss": 0.9999, every: 4, steps: 32 }, { "stop-loss": 1e-9 }],
  ])(
    "a run that ended by %s goes on as one that did not, without a warning",
    async (_, end, on) => {
      const settings = { certify: "off", ...end };
      const { out } = await run(settings);
      const warnings: string[] = [];
      await resume(out, on, { onWarning: (message) => warnings.push(message) });
      const whole = await run({ ...settings, ...on });
      const untimed = (folder: string) =>
        readRun(folder).records.map((record) => ({ ...record, seconds: 0 }));
      expect(warnings).toEqual([]);
      expect(untimed(out)).toEqual(untimed(whole.out));
    },
  );

  it("is not for the runs of recipes, whose claims rest on their numbers", () => {
    const config = tinyConfig({ certify: "off" });
    const changes = { certify: "off" } as const;
    const recipe = {
      runs: new Map([["a", config]]),
      forks: new Map([["b", { parent: "a", at: 8, changes }]]),
      statics: new Map(),
    } as unknown as Recipe;
    for (const job of jobsOf(recipe, "out", {}).runs.values()) {
      expect(job.config.certify).toBe("all");
      expect(job.fork?.changes.settings?.certify ?? "all").toBe("all");
    }
  });
});

describe("certify: auto", () => {
  const kindsOf = (out: string, name: string) =>
    readRun(out)
      .records.filter(({ quantity }) => quantity === name)
      .map(({ errorKind }) => errorKind);

  it("says of the values of batches that they rest on an assumption, but for the last", async () => {
    const { out, kinds } = await run({ measure: ["fullbs", "minibs", "gauss-newton"] });
    expect(kinds.map(([, kind]) => kind)).toEqual(Array(4).fill("certified"));
    expect(kindsOf(out, "gauss-newton")).toEqual(Array(4).fill("certified"));
    expect(kindsOf(out, "minibs")).toEqual(["assumed", "assumed", "assumed", "certified"]);
  });

  it("all: certifies those too", async () => {
    const { out } = await run({ measure: ["minibs"], certify: "all" });
    expect(kindsOf(out, "minibs")).toEqual(Array(4).fill("certified"));
  });
});

it("certifies every measurement of the whole loss unless told otherwise", async () => {
  const { out, kinds, summary } = await run({});
  expect(kinds.map(([, kind]) => kind)).toEqual(Array(4).fill("certified"));
  expect(readRun(out).errorKindOf("full-gauss-newton")).toBe("certified");
  expect(readFileSync(summary.report, "utf8")).toContain(errorSentences.certified);
});

it("says in the README what the errors of eigenvalues bound, in the same words", () => {
  const readme = readFileSync(new URL("../../../run/README.md", import.meta.url), "utf8");
  for (const [kind, sentence] of Object.entries(errorSentences)) {
    expect(readme).toContain(`\`${kind}\`: ${sentence}.`);
  }
});
