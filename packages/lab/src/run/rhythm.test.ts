import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fork, readRun, resume, train } from "@eoss/lab";
import { describe, expect, it } from "vitest";
import { dyingAt, newFolders, tinyConfig, untimedLines } from "./testRuns.fixture.js";

const newFolder = newFolders("rhythm");
const settings = {
  ...{ every: "log:2 loss=5", measure: ["loss", "minibs", "fullbs"], width: [4], samples: 60 },
  ...{ "checkpoint-every": 4, "max-batches": 8, tolerance: 0.3 },
};

async function newRun(more: Record<string, unknown> = {}, options = {}): Promise<string> {
  const out = newFolder();
  await train(tinyConfig({ ...settings, ...more }), { out, ...options });
  return out;
}

/** The steps at which a run has measured each quantity. */
const stepsOf = (out: string, name: string) =>
  readRun(out).records.flatMap(({ quantity, step }) => (quantity === name ? [step] : []));

describe("a run whose quantities have steps of their own", () => {
  it("goes on after kills as if there were none, also with more steps", async () => {
    const whole = await newRun({ steps: 33 });
    expect(stepsOf(whole, "loss")).toEqual([0, 5, 10, 15, 20, 25, 30, 33]);
    expect(stepsOf(whole, "fullbs")).toEqual([0, 1, 3, 10, 32, 33]);
    const parts = newFolder();
    const config = tinyConfig({ ...settings, steps: 12 });
    await expect(train(config, { out: parts, ...dyingAt(7) })).rejects.toThrow("killed");
    await resume(parts);
    expect(stepsOf(parts, "fullbs").at(-1)).toBe(12);
    await resume(parts, { steps: 33 });
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
  });

  it("forks with these steps, or with others", async () => {
    const parent = await newRun();
    const [same, other] = [newFolder(), newFolder()];
    // It leaves its parent by an intervention: there all is measured.
    await fork(parent, { lr: 0.05 }, { at: 8, out: same });
    expect(stepsOf(same, "minibs")).toEqual([8, 10, 24]);
    expect(stepsOf(same, "loss")).toEqual([8, 10, 15, 20, 24]);
    await fork(parent, { settings: { every: "6 fullbs=log:1" } }, { at: 8, out: other });
    expect(stepsOf(other, "loss")).toEqual([12, 18, 24]);
    expect(stepsOf(other, "fullbs")).toEqual([10, 24]);
  });

  it("shows all of them in its report and repeats itself by its command", async () => {
    const out = await newRun({ measure: ["loss", "fullbs"] });
    const { command } = readRun(out).manifest;
    expect(command).toContain("--every 'log:2 loss=5'");
    const page = readFileSync(join(out, "report.html"), "utf8");
    for (const title of ["FullBS", "Loss"]) expect(page).toContain(title);
  });
});
