import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readRun } from "@eoss/lab";
import { RunLock } from "@eoss/lab/internal";
import type { MetricRecord } from "@eoss/run";
import { describe, expect, it } from "vitest";
import { untimedLines } from "../../../lab/src/run/testRuns.fixture.js";
import { collectSweep } from "./collect.js";
import { type MakeSweepOptions, makeSweep, type RunLog } from "./makeSweep.js";
import { stateOf } from "./runState.js";
import { sweepStatus } from "./status.js";
import type { Sweep, SweepRun } from "./sweep.js";
import { newSweep, sweepIn } from "./sweepFiles.fixture.js";
import type { SweepProgress } from "./sweepProgress.js";

const make = (sweep: Sweep, options: MakeSweepOptions = {}) =>
  makeSweep(sweep, { jobs: 1, separate: false, ...options });
const states = ({ runs }: Sweep) => runs.map((run) => stateOf(run).state);
const seeds = (count: number) => ({ grid: { seed: Array.from({ length: count }, (_, i) => i) } });

describe("a sweep", () => {
  it("makes each run in its folder, tells its progress, and repeats nothing", async () => {
    const sweep = newSweep(seeds(2));
    expect(states(sweep)).toEqual(["waiting", "waiting"]);
    const told: SweepProgress[] = [];
    const first = await make(sweep, { onProgress: (progress) => told.push(progress) });
    expect(first).toMatchObject({ runs: 2, made: ["seed0", "seed1"], interrupted: false });
    expect(told.at(-1)).toMatchObject({ runs: 2, over: 2, failed: 0, going: [] });
    expect(states(sweep)).toEqual(["done", "done"]);
    const stamps = sweep.runs.map(({ out }) => statSync(join(out, "run.json")).mtimeMs);
    const second = await make(sweep);
    expect(second).toMatchObject({ made: [], over: ["seed0", "seed1"] });
    expect(sweep.runs.map(({ out }) => statSync(join(out, "run.json")).mtimeMs)).toEqual(stamps);
  });

  it("tells a log of each run its records", async () => {
    const sweep = newSweep(seeds(2));
    const told = new Map<string, MetricRecord[]>();
    const closed: string[] = [];
    const logOf = ({ name }: SweepRun): RunLog => {
      const all: MetricRecord[] = [];
      told.set(name, all);
      return { add: (records) => all.push(...records), close: () => closed.push(name) };
    };
    await make(sweep, { logOf });
    expect(closed).toEqual(["seed0", "seed1"]);
    for (const { name, out } of sweep.runs) expect(told.get(name)).toEqual(readRun(out).records);
  });

  it("reports a run that fails, makes the others, and tries it again", async () => {
    const list = { bad: { "model-options": { depth: 9 } }, good: {} };
    const sweep = newSweep({ list });
    const { failures, made } = await make(sweep);
    expect(made).toEqual(["good"]);
    expect(Object.keys(failures)).toEqual(["bad"]);
    expect(failures.bad!.message).toContain(`has no option "depth"`);
    expect(states(sweep)).toEqual(["failed", "done"]);
    const { runs, counts } = await sweepStatus(sweep.directory);
    expect(counts).toEqual({ failed: 1, done: 1 });
    expect(runs[0]).toMatchObject({ state: "failed", reason: failures.bad!.message });

    const mended = sweepIn(dirname(sweep.directory), { list: { bad: {}, good: {} } });
    expect((await make(mended)).made).toEqual(["bad"]);
    expect(states(mended)).toEqual(["done", "done"]);
    expect(existsSync(join(mended.runs[0]!.out, "failure.json"))).toBe(false);
  });

  it("that was interrupted goes on to the same numbers", async () => {
    const spec = { grid: { seed: [0, 1, 2], steps: [100] } };
    const cut = newSweep(spec);
    const [first, second, third] = cut.runs.map(({ name }) => name);
    const stop = new AbortController();
    const result = await make(cut, {
      signal: stop.signal,
      onProgress: ({ going }) => {
        if (going[0]?.name === second && going[0]!.step === 5) stop.abort();
      },
    });
    expect(result).toMatchObject({ interrupted: true, over: [first], failures: {} });
    expect(states(cut)).toEqual(["done", "begun", "waiting"]);
    expect((await make(cut)).made).toEqual([second, third]);
    const whole = newSweep(spec);
    await make(whole);
    for (const [i, { out }] of whole.runs.entries()) {
      expect(untimedLines(cut.runs[i]!.out)).toEqual(untimedLines(out));
    }
  });

  it("goes on knowingly with a run whose data or code changed", async () => {
    const sweep = newSweep({ grid: { seed: [0], steps: [300] } });
    const stop = new AbortController();
    const onProgress = ({ going }: SweepProgress) => {
      if (going[0]?.step === 5) stop.abort();
    };
    await make(sweep, { signal: stop.signal, onProgress });
    const file = join(sweep.runs[0]!.out, "run.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(/("training inputs": ")./, "$1x"));
    const { failures } = await make(sweep);
    expect(Object.values(failures)[0]!.message).toMatch(
      /changed since the run began: training inputs.*--accept-changes/,
    );
    const again = await make(sweep, { acceptChanges: true });
    expect(again).toMatchObject({ failures: {}, made: [sweep.runs[0]!.name] });
  });

  it("leaves a run to the process that makes it, and takes it over after that", async () => {
    const sweep = newSweep(seeds(2));
    const [{ out }] = sweep.runs as [Sweep["runs"][number]];
    mkdirSync(out, { recursive: true });
    const lock = RunLock.acquire(out);
    expect(states(sweep)).toEqual(["running", "waiting"]);
    // Given back only when nothing else is left to make: the sweep waits for it.
    let timer: NodeJS.Timeout | undefined;
    const onProgress = ({ over }: SweepProgress) => {
      if (over === 1) timer ??= setTimeout(() => lock.release(), 500);
    };
    const { made } = await make(sweep, { onProgress });
    expect(made).toEqual(["seed1", "seed0"]);
    expect(timer).toBeDefined();
  });

  it("makes a run whose process was killed before it wrote anything", async () => {
    const sweep = newSweep(seeds(1));
    const [{ out }] = sweep.runs as [Sweep["runs"][number]];
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "metrics.jsonl"), "");
    expect(states(sweep)).toEqual(["waiting"]);
    expect((await make(sweep)).made).toEqual(["seed0"]);
  });

  it("reports a damaged folder, and makes the other runs", async () => {
    const sweep = newSweep(seeds(2));
    const [{ out }] = sweep.runs as [Sweep["runs"][number]];
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "run.json"), '{ "format"');
    const { made, failures } = await make(sweep);
    expect(made).toEqual(["seed1"]);
    expect(failures.seed0!.message).toMatch(/run\.json: expected a JSON object/);
    expect((await collectSweep(sweep.directory)).runs.map(({ state }) => state)).toEqual([
      "failed",
      "done",
    ]);
  });

  it("refuses a folder whose run has other settings, before it makes any", async () => {
    const sweep = newSweep(seeds(1));
    await make(sweep);
    const other = sweepIn(dirname(sweep.directory), {
      list: { first: {}, seed0: { seed: 9 } },
    });
    await expect(make(other)).rejects.toThrow(/seed0 holds a run whose settings do not match/);
    expect(existsSync(other.runs[0]!.out)).toBe(false);
  });

  it("keeps its specification as it was written", () => {
    const { directory } = newSweep(seeds(1));
    const text = readFileSync(join(dirname(directory), "spec.yaml"), "utf8");
    expect(readFileSync(join(directory, "sweep.yaml"), "utf8")).toBe(text);
  });

  it("shows how far a run is that another process makes or made", async () => {
    const sweep = newSweep(seeds(1));
    await make(sweep);
    const [{ out }] = sweep.runs as [Sweep["runs"][number]];
    const manifest = JSON.parse(readFileSync(join(out, "run.json"), "utf8"));
    writeFileSync(join(out, "run.json"), JSON.stringify({ ...manifest, end: null, endedAt: null }));
    const { runs } = await sweepStatus(sweep.directory);
    expect(runs[0]).toMatchObject({ state: "begun", step: 12, steps: 12 });
  });
});
