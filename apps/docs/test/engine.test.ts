import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fork, loadBackend, readRun, train } from "@eoss/lab";
import type { CourseEvent, MetricRecord, RunEnd } from "@eoss/run";
import { beforeAll, describe, expect, it } from "vitest";
import {
  configOf,
  type PlaygroundState,
  twinState,
  withInterventions,
} from "../src/playground/state/state.js";
import { decodeState, encodeState } from "../src/playground/state/url.js";
import { Driver } from "../src/playground/worker/driver.js";
import { Engine, type Snapshot } from "../src/playground/worker/engine.js";
import type { Report } from "../src/playground/worker/protocol.js";

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

/** A run of the page to its end; `on` is called at each event. */
async function drive(engine: Engine, on: (event: CourseEvent) => void = () => {}) {
  const records: MetricRecord[] = [];
  let end: RunEnd | undefined;
  for await (const event of engine.course.run()) {
    on(event);
    if (event.kind === "measured" || event.kind === "stepped") records.push(event.record);
    if (event.kind === "ended") end = event.end;
  }
  return { records: untimed(records), end: end! };
}

/** A run in its worker to its end, and what the page has of it then. */
async function work(of: PlaygroundState, start?: Snapshot, forkAt?: number) {
  const reports: Report[] = [];
  const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));
  const driver = new Driver(of, start, forkAt, (report) => reports.push(report), breathe);
  void driver.run();
  driver.handle({ type: "run" });
  const all = <T extends Report["type"]>(type: T) =>
    reports.filter((report): report is Extract<Report, { type: T }> => report.type === type);
  while (all("ended").length === 0) await breathe();
  const manifests = reports.flatMap((report) => ("manifest" in report ? [report.manifest] : []));
  return {
    records: untimed(all("progress").flatMap(({ records }) => records)),
    snapshot: all("snapshot")[0]?.snapshot,
    manifest: manifests.at(-1)!,
    notes: all("noted").map(({ message }) => message),
    end: all("ended")[0]!.end,
  };
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
    ["before a measurement", { kind: "reached", step: 12 }, 12],
    ["after one", { kind: "measured-all", step: 12 }, 13],
    ["between two", { kind: "reached", step: 14 }, 14],
  ])("a change %s goes the way of a run that knew of it", async (_, where, at) => {
    const engine = new Engine(state);
    const live = await drive(engine, (event) => {
      if (event.kind !== where.kind || !("step" in event) || event.step !== where.step) return;
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
    const { snapshot, records } = await work(state, undefined, 9);
    const words = ["at=9 lr=0.02"];
    const twin = await work(withInterventions(state, words), snapshot);
    const straight = await commandLine(withInterventions(state, words));
    expect(twin.records).toEqual(straight.filter(({ step }) => step >= 9));
    expect(twin.manifest.parent).toMatchObject({ step: 9 });
    // The snapshot itself changes nothing.
    expect(records).toEqual(await commandLine(state));
  });

  it("ends where the loss is no longer finite, with the records of eoss train", async () => {
    const wild = { ...state, settings: { ...state.settings, lr: 1e6, every: 24 } };
    const { records, end } = await drive(new Engine(wild));
    expect(end.reason).toBe("diverged");
    expect(end.message).toMatch(/η = 1000000 is too large for this problem/);
    expect(records).toEqual(await commandLine(wild));
  });
});

describe("the rules of a run in the page are those of eoss train", () => {
  const plateau = {
    steps: 120,
    every: 4,
    lr: 0.05,
    measure: ["loss"],
    plateau: "quantity=loss after=any window=6 drift=0.5 slowing=0.9 significance=0.2",
    intervene: ["at=plateau lr=0.01 batch=40", "at=plateau optimizer=heavy-ball momentum=0.5"],
  };

  it.each([
    [
      "schedules",
      { schedule: ["lr=cosine to=0.01 steps=24", "batch=steps at=10:20"], measure: ["fullbs"] },
      { end: { reason: "completed" } },
    ],
    ["changes at plateaus", plateau, { plateaus: [{ quantity: "loss" }, { quantity: "loss" }] }],
    [
      "a loss to stop at",
      { steps: 400, "stop-loss": 0.7, measure: ["fullbs"] },
      { end: { reason: "stop-loss" } },
    ],
    [
      "an accuracy to stop at",
      { steps: 400, "stop-accuracy": 0.5, measure: ["fullbs"] },
      { end: { reason: "stop-accuracy" } },
    ],
    [
      "a plateau to stop at",
      { ...plateau, intervene: undefined, plateau: undefined, "stop-plateau": plateau.plateau },
      { end: { reason: "stop-plateau" } },
    ],
    ["a collapse", { lr: 4, "init-scale": 3, measure: ["fullbs"] }, { collapsed: 6 }],
    [
      "a share of time that all fits in",
      { budget: 0.99, measure: ["loss"], every: 1, steps: 6 },
      { end: { reason: "completed" } },
    ],
  ])("%s", async (_, settings: Record<string, unknown>, found: object) => {
    const own = { ...state, settings: { ...state.settings, ...settings } };
    const out = join(mkdtempSync(join(tmpdir(), "playground-")), "run");
    await train({ ...configOf(own), workers: 1 }, { out });
    const run = readRun(out);
    expect(run.manifest).toMatchObject(found);
    const { records, manifest, end, notes } = await work(own);
    expect(records).toEqual(untimed(run.records));
    expect(end).toEqual(run.manifest.end);
    expect(manifest.plateaus).toEqual(run.manifest.plateaus);
    expect(manifest.collapsed).toBe(run.manifest.collapsed);
    expect(notes).toHaveLength(
      manifest.plateaus.length + (manifest.collapsed === undefined ? 0 : 1),
    );
    // A link to the run holds its rules.
    expect(decodeState(encodeState(own))).toEqual(own);
  });

  it("a share of the time decides when to measure, and never how to train", async () => {
    const own = {
      ...state,
      settings: { ...state.settings, budget: "20%", every: 2, measure: ["loss"] },
    };
    const { records, end } = await work(own);
    expect(end.reason).toBe("completed");
    const { budget: _, ...rest } = own.settings;
    const plain = await commandLine({ ...state, settings: { ...rest, every: 1 } });
    const key = ({ step, quantity }: MetricRecord) => `${step} ${quantity}`;
    const known = new Map(plain.map((record) => [key(record), record]));
    const updates = records.filter(({ quantity }) => quantity === "step-loss");
    expect(updates).toHaveLength(24);
    for (const record of records.slice(0, -2)) expect(record).toEqual(known.get(key(record)));
  });

  it("a twin waits for plateaus as a fork does, from the fork on", async () => {
    const own = { ...state, settings: { ...state.settings, ...plateau } };
    const root = mkdtempSync(join(tmpdir(), "playground-"));
    const [parent, forked] = [join(root, "run"), join(root, "twin")];
    await train({ ...configOf(own), workers: 1 }, { out: parent });
    const [first] = readRun(parent).manifest.plateaus;
    const at = first!.step + 6;
    await fork(parent, { lr: 0.03 }, { at, out: forked });
    const { snapshot } = await work(own, undefined, at);
    const twin = await work(twinState(own, { at, intervene: [`at=${at} lr=0.03`] }), snapshot);
    const { manifest, records } = readRun(forked);
    expect(twin.records).toEqual(untimed(records));
    expect(twin.manifest.plateaus).toEqual(manifest.plateaus);
    expect(twin.manifest.plateaus[0]).toEqual(first);
  });

  it("more steps after the last do not measure twice", async () => {
    const settings = { ...state.settings, measure: ["loss"] };
    const engine = new Engine({ ...state, settings });
    const first = await drive(engine);
    engine.extend(30);
    const rest = await drive(engine);
    const longer = { ...state, settings: { ...settings, steps: 30 } };
    const updates = (records: readonly MetricRecord[]) =>
      records.filter(({ quantity }) => quantity === "step-loss");
    expect(updates([...first.records, ...rest.records])).toEqual(
      updates(await commandLine(longer)),
    );
    expect(rest.records[0]).toMatchObject({ step: 24, quantity: "step-loss" });
  });
});
