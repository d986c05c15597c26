import type { RunProgress } from "@eoss/run";
import { expect, it } from "vitest";
import { tinyConfig } from "../../../lab/src/run/testRuns.fixture.js";
import { poolSize } from "./poolSize.js";
import { RunQueue } from "./queue.js";
import type { SweepRun } from "./sweep.js";
import { SweepProgressMeter } from "./sweepProgress.js";

const run = (name: string, settings: Record<string, unknown> = {}): SweepRun => ({
  name,
  config: tinyConfig({ steps: 100, ...settings }),
  out: `/nowhere/${name}`,
});
const at = (step: number, remaining?: number) => ({ step, steps: 100, remaining }) as RunProgress;

it("tells rate and remaining time from what runs took so far", () => {
  let now = 0;
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => run(name)) as [
    SweepRun,
    SweepRun,
    SweepRun,
    SweepRun,
  ];
  const meter = new SweepProgressMeter(4, 0, 2, () => now);
  expect(meter.read([a, b, c, d]).remaining).toBeUndefined();
  meter.progress(a, at(0));
  // It goes on with what an earlier process began.
  meter.progress(b, at(40));
  now = 10;
  meter.progress(a, at(100));
  meter.progress(b, at(60, 20));
  meter.done(a);
  const { over, going, rate, remaining } = meter.read([c, d]);
  expect({ over, going }).toEqual({ over: 1, going: [{ name: "b", step: 60, steps: 100 }] });
  expect(rate).toBe(12);
  // 120 steps took 20 s of two jobs: 200 more take 33.3 s, b says 20 s, and two share the work.
  expect(remaining).toBeCloseTo((20 + (200 * 20) / 120) / 2, 10);
  meter.failed(b);
  expect(meter.read([])).toMatchObject({ over: 1, failed: 1, remaining: 0 });
});

it("never promises less than the longest run under way", () => {
  let now = 0;
  const meter = new SweepProgressMeter(1, 0, 8, () => now);
  const only = run("only");
  meter.progress(only, at(0));
  now = 1;
  meter.progress(only, at(10, 9));
  expect(meter.read([]).remaining).toBe(9);
});

it("begins with the longest runs", async () => {
  const queue = new RunQueue([
    run("short", { steps: 10 }),
    run("full", { batch: "full" }),
    run("long", { steps: 5000 }),
    run("plain"),
  ]);
  const order: string[] = [];
  for (let next = await queue.next(); next; next = await queue.next()) order.push(next.name);
  expect(order).toEqual(["long", "full", "plain", "short"]);
});

it("takes as many processes as runs, cores and memory allow, and one in any case", () => {
  expect(poolSize(60, 1, 2, 100)).toBe(2);
  expect(poolSize(60, 30, 8, 100)).toBe(3);
  expect(poolSize(2, 1, 8, 100)).toBe(2);
  expect(poolSize(60, 300, 8, 100)).toBe(1);
});
