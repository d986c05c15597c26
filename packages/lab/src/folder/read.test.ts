import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunFolderError } from "@eoss/run";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { readRun } from "./read.js";

const { manifest, records } = syntheticRun({ steps: 300, every: 100 });
const lines = records.map((record) => JSON.stringify(record));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eoss-read-"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Writes a run folder; what is undefined is not written. */
function folder(run: unknown, metrics?: string): string {
  const directory = join(root, "run");
  mkdirSync(directory);
  if (run !== undefined) {
    writeFileSync(join(directory, "run.json"), typeof run === "string" ? run : JSON.stringify(run));
  }
  if (metrics !== undefined) writeFileSync(join(directory, "metrics.jsonl"), metrics);
  return directory;
}

describe("readRun: whole folders", () => {
  it("gives back what was written", () => {
    const directory = folder(manifest, `${lines.join("\n")}\n`);
    expect(readRun(directory)).toEqual({
      directory,
      path: directory,
      manifest,
      records,
      truncated: false,
    });
  });

  it("reads a run that has measured nothing yet, and one that has not ended", () => {
    const running = { ...manifest, endedAt: null, end: null };
    expect(readRun(folder(running))).toMatchObject({
      manifest: { end: null },
      records: [],
      truncated: false,
    });
  });

  it("keeps fields that it does not know", () => {
    const directory = folder({ ...manifest, host: "a" }, `${lines[0]!.replace("{", '{"x":1,')}\n`);
    const run = readRun(directory);
    expect(run.manifest).toHaveProperty("host", "a");
    expect(run.records[0]).toHaveProperty("x", 1);
  });

  it("takes null for a number that was not finite", () => {
    const minibs = records.find(({ quantity }) => quantity === "minibs")!;
    const line = JSON.stringify({
      ...minibs,
      value: Number.NaN,
      standardError: Number.POSITIVE_INFINITY,
      batches: [1, Number.NaN, 2],
    });
    expect(readRun(folder(manifest, `${line}\n`)).records[0]).toMatchObject({
      value: null,
      standardError: undefined,
      batches: [1, Number.NaN, 2],
    });
  });
});

describe("readRun: after a crash", () => {
  it("leaves out a partial last line, wherever it was cut, and says so", () => {
    const last = lines[2]!;
    for (const length of [1, 10, last.length - 1]) {
      const directory = folder(manifest, `${lines[0]}\n${lines[1]}\n${last.slice(0, length)}`);
      const run = readRun(directory);
      expect(run.truncated).toBe(true);
      expect(run.records).toEqual(records.slice(0, 2));
      rmSync(directory, { recursive: true });
    }
  });

  it("keeps a last line that lacks only its newline", () => {
    const run = readRun(folder(manifest, `${lines[0]}\n${lines[1]}`));
    expect(run).toMatchObject({ truncated: false, records: records.slice(0, 2) });
  });
});

describe("readRun: damage", () => {
  const message = (directory: string) => {
    try {
      readRun(directory);
    } catch (error) {
      expect(error).toBeInstanceOf(RunFolderError);
      return (error as Error).message;
    }
    throw new Error("the folder was read");
  };

  it("says what a run folder is when there is none", () => {
    expect(message(join(root, "nowhere"))).toMatch(/nowhere is not a run folder.*metrics\.jsonl/);
    expect(message(folder(undefined, ""))).toMatch(/it has no run\.json/);
  });

  it("refuses a newer format by its version, whatever else it holds", () => {
    const newer = { format: "eoss-run", formatVersion: 99, settings: {} };
    expect(message(folder(newer))).toMatch(/run\.json: .* version 99.* up to 1.*newer eoss/);
  });

  it("names the file and what is wrong in run.json", () => {
    const { batchSize, ...without } = manifest;
    expect(message(folder(without))).toMatch(/run\.json: "batchSize" is missing/);
  });

  it("refuses plateaus that no intervention waited for", () => {
    const plateaus = [{ step: 100, quantity: "minibs", since: 50 }];
    expect(message(folder({ ...manifest, plateaus }))).toMatch(
      /run\.json: "plateaus": 1 plateaus for 0 interventions/,
    );
  });

  it("names run.json when it is no JSON or of another program", () => {
    expect(message(folder('{"format": "eoss-'))).toMatch(/run\.json: expected a JSON object/);
    rmSync(join(root, "run"), { recursive: true });
    expect(message(folder({ format: "other" }))).toMatch(/"format": .*"eoss-run"/);
  });

  it("names the line of a record that is damaged in the middle of the file", () => {
    const broken = `${lines[0]}\n{"step":3,"quan\n${lines[1]}\n`;
    expect(message(folder(manifest, broken))).toMatch(
      /metrics\.jsonl, line 2: expected a JSON object, found "\{\\"step\\":3/,
    );
  });

  it("names the line and the field of a record with a wrong value", () => {
    const wrong = lines[1]!.replace(/"step":\d+/, '"step":-1');
    expect(message(folder(manifest, `${lines[0]}\n${wrong}\n`))).toMatch(
      /metrics\.jsonl, line 2: "step": .*>=0/,
    );
  });

  it("names the line of an empty line", () => {
    expect(message(folder(manifest, `${lines[0]}\n\n${lines[1]}\n`))).toMatch(/line 2: expected/);
  });
});
