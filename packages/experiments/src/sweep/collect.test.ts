import { readFileSync } from "node:fs";
import { readRun } from "@eoss/lab";
import { expect, it } from "vitest";
import { collectSweep } from "./collect.js";
import { makeSweep } from "./makeSweep.js";
import { newSweep } from "./sweepFiles.fixture.js";

it("puts what the runs show into a table, also of runs not made", async () => {
  const sweep = newSweep({
    list: { plain: { every: 1, steps: 60 }, wild: { lr: 1e9 } },
    grid: { seed: [0, 1], width: [[4, 5]] },
  });
  const wanted = sweep.runs.filter(({ name }) => name !== "plain-seed1-width4-5");
  await makeSweep(sweep, { runs: wanted, jobs: 1, separate: false });
  const { runs, files } = await collectSweep(sweep.directory);
  expect(runs.map(({ state, end, step }) => [state, end, step])).toEqual([
    ["done", "completed", 60],
    ["waiting", null, null],
    ["diverged", "diverged", expect.any(Number)],
    ["diverged", "diverged", expect.any(Number)],
  ]);
  expect(runs[3]!.settings).toEqual({ lr: 1e9, steps: 12, every: 6, seed: 1 });
  const [{ out }] = sweep.runs as [(typeof sweep.runs)[number]];
  const { mean, margin } = readRun(out).plateauOf("loss")!;
  expect(margin).toBeGreaterThan(0);
  const [header, first, second] = readFileSync(files[0]!, "utf8").split("\n");
  const cells = first!.split(",");
  const cell = (name: string) => cells[header!.split(",").indexOf(name)];
  expect(cell("name")).toBe("plain-seed0-width4-5");
  expect(cell("lr")).toBe("0.1");
  expect(Number(cell("loss"))).toBe(mean);
  expect(Number(cell("loss margin"))).toBe(margin);
  expect(Number(cell("threshold"))).toBe(20);
  expect(second).toMatch(/^plain-seed1-width4-5,.*,waiting,/);
  expect(JSON.parse(readFileSync(files[1]!, "utf8"))).toHaveLength(4);
});
