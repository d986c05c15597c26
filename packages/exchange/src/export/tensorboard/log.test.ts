import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fork, readRun, resume, train } from "@eoss/lab";
import { parseTrainConfig } from "@eoss/run";
import { afterAll, describe, expect, it } from "vitest";
import { exportRuns } from "../exportRuns.js";
import { shownOf } from "./events.fixture.js";
import { TensorBoardLog } from "./log.js";

const root = mkdtempSync(join(tmpdir(), "eoss-tensorboard-log-"));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
const newFolder = () => join(root, `run-${count++}`);

const common = {
  ...{ data: "digits", samples: 64, width: [6], lr: 0.1, batch: 8, steps: 12, every: 4, seed: 5 },
  ...{ tolerance: 0.3, "max-batches": 8, backend: "cpu", workers: 1, measure: ["minibs", "loss"] },
};
const configOf = (settings: object) => parseTrainConfig({ ...common, ...settings });

/** The options of a session that logs to a folder; a warning fails the test. */
function logged(directory: string) {
  const log = new TensorBoardLog(directory, (message) => expect.unreachable(message));
  return { onRecords: log.add };
}

const dyingAt = (step: number) => ({
  onProgress: (progress: { step: number }) => {
    if (progress.step === step) throw new Error("killed");
  },
});

/** What `exportRuns` writes of the run once it is over. */
function exported(directory: string): Map<string, unknown> {
  const out = newFolder();
  exportRuns([directory], { to: "tensorboard", out });
  return shownOf(join(out, readdirSync(out)[0]!));
}

/** A plateau is seen soon: what numbers of its step are compared with changes after they are there. */
const plateau = {
  ...{ steps: 120, every: 2, lr: 0.05, measure: ["loss", "fullbs"], width: [2] },
  ...{ "checkpoint-every": 10, intervene: ["at=plateau lr=0.01"] },
  plateau: "quantity=loss after=any window=6 drift=0.5 slowing=0.9 significance=0.2",
};

describe("a log", () => {
  it.each([
    ["of a plain run", "completed", {}],
    ["of a run with interventions", "completed", { intervene: ["at=4 lr=0.05", "at=5 batch=16"] }],
    ["of a plateau", "completed", plateau],
    ["of a run that diverges", "diverged", { lr: 1000, batch: "full", steps: 40 }],
    // At the intervention, which then never comes.
    [
      "of a run that ends at a goal",
      "stop-loss",
      { intervene: ["at=4 lr=0.05"], "stop-loss": 0.95 },
    ],
    ["of further numbers", "completed", { top: 2, "per-layer": true, measure: ["fullbs"] }],
  ])("%s shows what an export of the run shows", async (_, reason, settings) => {
    const out = newFolder();
    await train(configOf(settings), { out, ...logged(out) });
    const { manifest, records } = readRun(out);
    expect(manifest.end?.reason).toBe(reason);
    expect(manifest.plateaus).toHaveLength(settings === plateau ? 1 : 0);
    const shown = shownOf(out);
    expect(shown).toEqual(exported(out));
    expect(records.length).toBeGreaterThan(0);
    const last = new Map(records.map((one) => [`${one.step} ${one.quantity}`, one.value]));
    for (const [key, value] of last)
      expect(shown.get(key)).toBe(value === null ? "NaN" : Math.fround(value));
  });

  it.each([
    ["that was logged", true],
    ["that was not", false],
  ])("begins anew after a death of a session %s", async (_, isLogged) => {
    const out = newFolder();
    const config = configOf({ ...plateau, "checkpoint-every": 7 });
    for (const [death, go] of [
      [9, (hooks: object) => train(config, { out, ...hooks })],
      [16, (hooks: object) => resume(out, {}, hooks)],
    ] as const) {
      const hooks = { ...dyingAt(death), ...(isLogged && logged(out)) };
      await expect(go(hooks)).rejects.toThrow("killed");
      if (isLogged) expect(shownOf(out).has(`${death - 1} step-loss`)).toBe(true);
    }
    await resume(out, {}, logged(out));
    expect(shownOf(out)).toEqual(exported(out));
  });

  it("keeps what was measured when a measurement is interrupted", async () => {
    const out = newFolder();
    const stop = new AbortController();
    const config = configOf({ measure: ["loss", "minibs"], tolerance: 1e-4, "max-batches": 40 });
    const quantities: string[] = [];
    const { onRecords } = logged(out);
    const running = train(config, {
      out,
      signal: stop.signal,
      onRecords: (records, run) => {
        quantities.push(...records.map(({ quantity }) => quantity));
        onRecords(records, run);
      },
      onProgress: ({ phase, step }) => {
        if (phase === "measuring" && step === 8) setTimeout(() => stop.abort(), 0);
      },
    });
    expect((await running).end?.reason).toBe("interrupted");
    expect(shownOf(out)).toEqual(exported(out));
    expect(quantities.filter((name) => name === "step-loss")).toHaveLength(8);
  });

  it("of a fork begins at its step", async () => {
    const [parent, out] = [newFolder(), newFolder()];
    await train(configOf({}), { out: parent });
    await fork(parent, { lr: 0.02 }, { at: 6, out, ...logged(out) });
    expect(shownOf(out)).toEqual(exported(out));
    expect([...shownOf(out).keys()][0]).toMatch(/^6 /);
  });

  it("that cannot be written says so once, and ends no run", async () => {
    const out = newFolder();
    const warnings: string[] = [];
    const log = new TensorBoardLog(join(root, "gone"), (message) => warnings.push(message));
    const { end } = await train(configOf({}), { out, onRecords: log.add });
    expect(end?.reason).toBe("completed");
    expect(warnings).toEqual([
      expect.stringMatching(/gone.*cannot be written.*the run goes on.*eoss export .*gone --to/),
    ]);
  });
});
