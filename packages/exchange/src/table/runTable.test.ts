import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { marginOf } from "@eoss/lab/internal";
import { RunFolderError } from "@eoss/run";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { record, writeRun } from "../../test/runFolder.js";
import { flatRows, runTable } from "./runTable.js";

const root = mkdtempSync(join(tmpdir(), "eoss-table-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Records at steps 0, 10, ..., 400: beyond step 300 alternately 20 ± 1, their mean is 20 + 1/11. */
const alternating = Array.from({ length: 41 }, (_, i) =>
  record(10 * i, "minibs", i < 30 ? 5 : i % 2 === 0 ? 21 : 19, {
    standardError: 0.5,
    errorBound: 0.02,
  }),
);

beforeAll(() => {
  writeRun(join(root, "a"), {
    records: [...alternating, record(0, "loss", 2), record(400, "loss", 0.25)],
  });
  writeRun(join(root, "b"), {
    config: { lr: 0.2, width: [8, 8], every: 7 },
    manifest: { end: { reason: "diverged", step: 30, message: "the loss is not finite" } },
    records: [record(20, "loss", 1), record(30, "loss", null, { status: "not-finite" })],
    tail: '{"step": 4',
  });
});

describe("a table of runs", () => {
  const tableOf = (...names: string[]) => runTable(names.map((name) => join(root, name)));

  it("has the settings that differ, and always batch and lr", () => {
    const both = tableOf(".");
    expect(both.settings).toEqual(["batch", "lr", "width"]);
    expect(both.rows.map(({ settings }) => settings)).toEqual([
      { batch: 16, lr: 0.1, width: [8] },
      { batch: 16, lr: 0.2, width: [8, 8] },
    ]);
    expect(tableOf("a").settings).toEqual(["batch", "lr"]);
  });

  it("says where a quantity settled, also in units of the threshold", () => {
    const { minibs } = tableOf("a").rows[0]!.quantities;
    expect(minibs!.plateau.mean).toBeCloseTo(20 + 1 / 11, 12);
    expect(minibs!.plateau.errorBound).toBeCloseTo(0.02, 12);
    expect(minibs!.relative!.mean).toBeCloseTo((20 + 1 / 11) / (2 / 0.1), 12);
  });

  it("has the last value with its error, as far as they are known", () => {
    const [a, b] = tableOf(".").rows;
    expect(a!.quantities.minibs!.last).toEqual({
      step: 400,
      value: 21,
      error: marginOf({ standardError: 0.5 }) + 0.02,
    });
    expect(a!.quantities.loss!.last).toEqual({ step: 400, value: 0.25, error: null });
    expect(b!.quantities.loss!.last).toEqual({ step: 30, value: null, error: null });
  });

  it("takes the margin for the interval where a record has one", () => {
    const own = writeRun(join(root, "margin/d"), {
      records: [record(20, "minibs", 1, { standardError: 0.5, margin: 1.25, errorBound: 0.02 })],
    });
    expect(runTable([own]).rows[0]!.quantities.minibs!.last.error).toBe(1.27);
    rmSync(join(root, "margin"), { recursive: true });
  });

  it("takes of a step measured again the later record", () => {
    const again = writeRun(join(root, "again/c"), {
      records: [record(20, "loss", 1), record(10, "loss", 3), record(20, "loss", 2)],
    });
    expect(runTable([again]).rows[0]!.quantities.loss!.last.value).toBe(2);
    rmSync(join(root, "again"), { recursive: true });
  });

  it("says how runs ended, and which line was left out", () => {
    const { rows, warnings } = tableOf(".");
    expect(rows.map(({ state, step, seconds }) => ({ state, step, seconds }))).toEqual([
      { state: "completed", step: 400, seconds: 100 },
      { state: "diverged", step: 30, seconds: 100 },
    ]);
    expect(warnings).toEqual([
      `${join(root, "b")}: the last line of metrics.jsonl is incomplete and was left out`,
    ]);
  });

  it("is flat as comma-separated values want it", () => {
    const [a, b] = flatRows(tableOf("."));
    expect(a).toMatchObject({
      run: join(root, "a"),
      width: "[8]",
      threshold: 20,
      "minibs status": "level",
      "minibs bound": expect.closeTo(0.02, 12),
      "minibs relative": expect.closeTo(1 + 1 / 220, 12),
      "minibs last": 21,
      "loss last error": null,
    });
    expect(b).not.toHaveProperty("minibs");
  });

  it("says where there are no runs", () => {
    expect(() => tableOf("none")).toThrow(RunFolderError);
  });
});

it.skipIf(process.platform === "win32")("does not wait for a pipe in the place of records", () => {
  const run = writeRun(join(root, "piped", "a"), {});
  rmSync(join(run, "metrics.jsonl"));
  execFileSync("mkfifo", [join(run, "metrics.jsonl")]);
  expect(() => runTable([run])).toThrow(/metrics\.jsonl cannot be read: .* is not a regular file/);
  rmSync(join(root, "piped"), { recursive: true });
});
