import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBackend, readRun, train } from "@eoss/lab";
import type { MetricRecord } from "@eoss/run";
import { beforeAll, describe, expect, it } from "vitest";
import {
  configOf,
  type PlaygroundState,
  withInterventions,
} from "../src/playground/state/state.js";
import { Engine, type Snapshot } from "../src/playground/worker/engine.js";

const state: PlaygroundState = {
  settings: {
    data: "digits",
    samples: 60,
    width: [6],
    lr: 0.1,
    batch: 10,
    steps: 24,
    every: 6,
    tolerance: 0.1,
    "max-batches": 8,
    top: 2,
    seed: 3,
  },
  points: [],
  backend: "wasm",
};

/** What `eoss train` writes for a state, but for the time that it took. */
async function commandLine(of: PlaygroundState): Promise<MetricRecord[]> {
  const out = join(mkdtempSync(join(tmpdir(), "playground-")), "run");
  await train({ ...configOf(of), workers: 1 }, { out });
  return untimed(readRun(out).records);
}

/** Turns up to the end, or to a step; `before` is called before each turn. */
async function drive(engine: Engine, before: () => void = () => {}) {
  const records: MetricRecord[] = [];
  let snapshot: Snapshot | undefined;
  for (;;) {
    before();
    const turn = await engine.turn(async () => {});
    if (turn.kind === "snapshot") snapshot = turn.snapshot;
    else records.push(...turn.records);
    if (turn.kind === "ended") return { records: untimed(records), snapshot, end: turn.end };
  }
}

function untimed(records: readonly MetricRecord[]): MetricRecord[] {
  return records.map((record) => ({ ...JSON.parse(JSON.stringify(record)), seconds: 0 }));
}

beforeAll(() => loadBackend("wasm"));

describe("the engine", () => {
  it("makes the records of eoss train, bit for bit", async () => {
    const { records, end } = await drive(new Engine(state));
    expect(end).toMatchObject({ reason: "completed", step: 24 });
    expect(records).toEqual(await commandLine(state));
    expect(records.filter(({ quantity }) => quantity === "fullbs")).toHaveLength(5);
  });

  it.each([
    ["before a measurement", { step: 12, due: true, at: 12 }],
    ["after one", { step: 12, due: false, at: 13 }],
    ["between two", { step: 14, due: false, at: 14 }],
  ])("a change %s goes the way of a run that knew of it", async (_, { step, due, at }) => {
    const engine = new Engine(state);
    let changed = false;
    const live = await drive(engine, () => {
      if (changed || engine.step !== step || engine.measurementDue !== due) return;
      changed = true;
      expect(engine.change({ lr: "0.02", batch: "4" })).toBe(at);
    });
    const words = [`at=${at} lr=0.02 batch=4`];
    expect(engine.state.settings.intervene).toEqual(words);
    expect(live.records).toEqual(await commandLine(withInterventions(state, words)));
  });

  it("refuses a change that does not fit, and goes on as it was", async () => {
    const engine = new Engine(state);
    expect(() => engine.change({ batch: "61" })).toThrow(/up to 60 samples/);
    expect((await drive(engine)).records).toEqual(await commandLine(state));
  });

  it("a twin goes the way of the run with its change", async () => {
    const { snapshot, records } = await drive(new Engine(state, undefined, 9));
    const words = ["at=9 lr=0.02"];
    const twin = await drive(new Engine(withInterventions(state, words), snapshot));
    const straight = await commandLine(withInterventions(state, words));
    expect(twin.records).toEqual(straight.filter(({ step }) => step >= 9));
    // The snapshot itself changes nothing.
    expect(records).toEqual(await commandLine(state));
  });

  it("ends where the loss is no longer finite, with the records of eoss train", async () => {
    const wild = { ...state, settings: { ...state.settings, lr: 1e6, every: 24 } };
    const { records, end } = await drive(new Engine(wild));
    expect(end.reason).toBe("diverged");
    expect(end.message).toMatch(/η = 1000000 is too large here: lower it/);
    expect(records).toEqual(await commandLine(wild));
  });
});
