import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fork, readRun, resume, train } from "@eoss/lab";
import { renderReport } from "@eoss/report";
import { settingsIn } from "@eoss/run";
import type { ScheduleKind } from "@eoss/sgd";
import { scheduleConformance } from "@eoss/sgd/testing";
import { afterAll, describe, expect, it } from "vitest";
import { dyingAt, newFolders, tinyConfig, untimedLines, withoutEnd } from "./testRuns.fixture.js";

const newFolder = newFolders("own-schedule");
// Inside of this package, where a file of somebody else finds what it imports.
const root = mkdtempSync(join(process.cwd(), "own-schedule-"));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;

function written(at: string, parts = ""): string {
  const file = join(root, `${count++}.mjs`);
  writeFileSync(
    file,
    `import { defineSchedule } from "@eoss/sgd";
export default defineSchedule({ name: "mine", description: "mine", defaults: { to: 0.01 }, at: ${at}, ${parts} });`,
  );
  return file;
}

async function made(settings: Record<string, unknown>): Promise<string> {
  const out = newFolder();
  await train(tinyConfig({ measure: ["loss"], "checkpoint-every": 8, ...settings }), { out });
  return out;
}

describe("a schedule of a user", () => {
  const line = written("(t, { initial, to, steps }) => initial + (to - initial) * (t / steps)");

  it("trains, resumes and forks bit for bit as the built-in one with its formula", async () => {
    const own = { schedule: [`lr=${line} to=0.02`] };
    const builtIn = await made({ schedule: ["lr=linear to=0.02 steps=24"] });
    const whole = await made(own);
    expect(untimedLines(whole)).toEqual(untimedLines(builtIn));
    const killed = newFolder();
    const config = tinyConfig({ measure: ["loss"], "checkpoint-every": 8, ...own });
    await expect(train(config, { out: killed, ...dyingAt(18) })).rejects.toThrow("killed");
    withoutEnd(killed);
    await expect(resume(killed)).rejects.toThrow(/names code that is not part of eoss/);
    const trusted = { trusted: [line] };
    await resume(killed, {}, trusted);
    expect(untimedLines(killed)).toEqual(untimedLines(builtIn));
    const out = newFolder();
    await fork(whole, {}, { at: 12, out, ...trusted });
    const from12 = untimedLines(builtIn).filter((text) => JSON.parse(text).step >= 12);
    expect(untimedLines(out)).toEqual(from12);
  });

  it("is read without its code, and its steps can be named", async () => {
    const out = await made({ schedule: [`lr=${line} to=0.02 steps=12`] });
    const run = readRun(out);
    rmSync(written("() => 1"));
    const at = settingsIn(run.manifest);
    expect([0, 6, 12, 20].map((step) => at(step).learningRate)).toEqual(
      [0, 6, 12, 12].map((step) => 0.1 + (0.02 - 0.1) * (step / 12)),
    );
    expect(renderReport([run])).toContain("0.02");
    await resume(out, { steps: 30 }, { trusted: [line] });
    expect(readRun(out).manifest.end).toMatchObject({ step: 30 });
  });

  it("is refused for more steps, if that would change what was done", async () => {
    const out = await made({ schedule: [`lr=${line}`] });
    const longer = resume(out, { steps: 30 }, { trusted: [line] });
    await expect(longer).rejects.toThrow(/lr would have been .* at step 1, where it was/);
    const settings = { steps: 30 } as never;
    const twin = fork(out, { settings }, { at: 12, out: newFolder(), trusted: [line] });
    await expect(twin).rejects.toThrow(/would have been/);
    expect(readFileSync(join(out, "run.json"), "utf8")).toContain('"completed"');
  });

  it("may be of the batch size", async () => {
    const growing = written("(t, { initial }) => initial * (1 + t / 10)", "peak: () => 40");
    const out = await made({ schedule: [`batch=${growing}`] });
    const at = settingsIn(readRun(out).manifest);
    expect([0, 1, 5, 20].map((step) => at(step).batchSize)).toEqual([8, 9, 12, 24]);
  });

  it.each([
    ["(t) => NaN", /is NaN at step 0/],
    ["(t, { initial }) => initial + t", /above its peak of 0.1/],
    [
      "(t, { initial }) => -initial",
      /learningRate|lr at step 0 is -0.1; allowed: a finite number ≥ 0/,
    ],
    [
      "((n) => (t, { initial }) => initial / ++n)(0)",
      /depends on the steps that were asked for before/,
    ],
    ["() => { throw new Error('no idea') }", /failed in values: Error: no idea/],
  ])("is refused with its reason: %s", async (at, message) => {
    await expect(made({ schedule: [`lr=${written(at)}`] })).rejects.toThrow(message);
  });
});

describe("the template", async () => {
  const file = join(root, "template.mjs");
  const template = new URL("../../../../examples/rules-template/schedule.js", import.meta.url);
  writeFileSync(file, readFileSync(template));
  const { default: kind } = (await import(file)) as { default: ScheduleKind };
  for (const { name, run } of scheduleConformance(kind, [{ restarts: 3, floor: 0.1 }]))
    it(name, run);

  it("is the formula of warm restarts", () => {
    const values = kind.values({ initial: 2, steps: 8 }, { restarts: 1 }, [0, 1, 2, 4, 6, 8]);
    const expected = [2, 1 + Math.SQRT1_2, 1, 2, 1, 0];
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 14);
  });
});
