import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type RunFolder, record, writeRun } from "../../../test/runFolder.js";
import { exportRuns } from "../exportRuns.js";

const root = mkdtempSync(join(tmpdir(), "eoss-wandb-"));
afterAll(() => rmSync(root, { recursive: true }));

const RUN: RunFolder = {
  records: [
    record(20, "minibs", null, { status: "not-finite" }),
    record(0, "minibs", 1 / 3, { standardError: 0.5, margin: 0.98, errorBound: 0.01 }),
    record(0, "loss", 2),
  ],
};

const linesOf = (file: string) =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** What is written of one run. */
function written(folder: string, run: RunFolder) {
  writeRun(join(root, folder), run);
  const out = join(root, "out", folder);
  const { files } = exportRuns([join(root, folder)], { to: "wandb", out });
  const [entry] = linesOf(files[1]!);
  return { out, files, entry, history: linesOf(files[2]!) };
}

it("writes every measurement, a line a step, and the settings", () => {
  const { out, files, entry, history } = written("a", RUN);
  expect(files).toEqual(
    ["upload.py", "runs.jsonl", "a/history.jsonl"].map((file) => join(out, file)),
  );
  const costs = (name: string) => ({
    [`${name}/samples`]: 64,
    [`${name}/products`]: 8,
    [`${name}/seconds`]: 0.01,
  });
  expect(history).toEqual([
    {
      _step: 0,
      minibs: 1 / 3,
      "minibs/threshold": 20,
      "minibs/threshold_formula": "2/η",
      "minibs/error": 0.99,
      "minibs/standard_error": 0.5,
      "minibs/error_bound": 0.01,
      ...costs("minibs"),
      "minibs/status": "ok",
      loss: 2,
      ...costs("loss"),
      "loss/status": "ok",
    },
    {
      _step: 20,
      "minibs/threshold": 20,
      "minibs/threshold_formula": "2/η",
      ...costs("minibs"),
      "minibs/status": "not-finite",
    },
  ]);
  expect(entry).toMatchObject({
    name: "a",
    history: "a/history.jsonl",
    config: { lr: 0.1, batch: 16, batch_size: 16, parameters: 610 },
    summary: { end: "completed", last_step: 400 },
  });
  expect(entry.keys.toSorted()).toEqual(
    [...new Set(history.flatMap((row) => Object.keys(row)))].filter((k) => k !== "_step").sort(),
  );
});

it("gives a run an id that outlives moves and more steps, and no other run has", () => {
  const { id } = written("first", RUN).entry;
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(written("moved", { ...RUN, config: { steps: 800 } }).entry.id).toBe(id);
  const others = [
    { config: { seed: 1 } },
    { manifest: { startedAt: "2026-01-01T00:00:00.001Z" } },
    { manifest: { parent: { directory: "x", step: 5 } } },
  ].map((other, i) => written(`other${i}`, { ...RUN, ...other }).entry.id);
  expect(new Set([id, ...others]).size).toBe(4);
});

it("writes further numbers, and a density as a histogram", () => {
  const parts = {
    eigenvalues: { value: [3, 2], errorBound: [0.5, 0.25] },
    lambda: { value: [-1, 0, 2] },
    density: { value: [0.5, 0.25, 0] },
    mean: { value: null as unknown as number },
  };
  const { history } = written("spectra", { records: [record(0, "density", 4, { parts })] });
  expect(history).toEqual([
    expect.objectContaining({
      density: 4,
      "density/eigenvalues/1": 3,
      "density/eigenvalues/1/error": 0.5,
      "density/eigenvalues/2": 2,
      // 610 eigenvalues, those around −1 from −1.5 to −0.5, those around 0 from there to 1.
      "density/histogram": { edges: [-1.5, -0.5, 1, 3], counts: [305, 228.75, 0] },
    }),
  ]);
  expect(Object.keys(history[0])).not.toContain("density/mean");
});
