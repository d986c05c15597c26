import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLocked, readRun, watchRun } from "@eoss/lab";
import { newestCheckpoint } from "@eoss/lab/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticRun } from "../../run/src/syntheticRun.fixture.js";
import { readFigureRecords } from "./recipes/figureRecord.js";
import { readSubmission } from "./sweep/slurm/submissions.js";
import { sweepStatus } from "./sweep/status.js";

const root = mkdtempSync(join(tmpdir(), "eoss-devices-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A device that never ends: who reads it has no more memory in a while. */
function device(...path: string[]): void {
  const file = join(root, ...path);
  mkdirSync(join(file, ".."), { recursive: true });
  symlinkSync("/dev/zero", file);
}

describe.skipIf(process.platform === "win32")("a device in the place of a file", () => {
  beforeAll(() => {
    mkdirSync(join(root, "run"));
    writeFileSync(join(root, "run", "run.json"), JSON.stringify(syntheticRun().manifest));
    device("run", "metrics.jsonl");
    device("run", "lock");
    device("run", "checkpoints", "step-7.json");
    device("run", "checkpoints", "step-7.safetensors");
    device("manifest", "run.json");
    writeFileSync(
      join(root, "sweep.yaml"),
      "base: { data: digits, lr: 0.1, batch: 8, steps: 5 }\nlist: { a: {}, b: {} }\n",
    );
    device("runs", "a", "failure.json");
    device("runs", "b", "run.json");
    device("runs", "b", "metrics.jsonl");
    device("slurm", "1.json");
    device("figures", "1", "figure.json");
  });

  it("is refused", () => {
    expect(() => readRun(join(root, "run"))).toThrow(
      /metrics\.jsonl cannot be read: it is no file/,
    );
    expect(() => readRun(join(root, "manifest"))).toThrow(
      /run\.json cannot be read: it is no file/,
    );
    expect(() => readSubmission(root, 1)).toThrow(/1\.json cannot be read: it is no file/);
  });

  it("is damage, where one can do without", async () => {
    const said: string[] = [];
    const warn = (message: string) => said.push(message);
    expect(newestCheckpoint(join(root, "run"), Number.POSITIVE_INFINITY, warn)).toBeUndefined();
    expect(readFigureRecords(root, warn)).toEqual([]);
    expect(said.join()).toMatch(/it is no file.*figure\.json cannot be read \(it is no file\)/s);
    expect(isLocked(join(root, "run"))).toBeTypeOf("boolean");
    for await (const { records } of watchRun(join(root, "run"))) {
      expect(records).toEqual([]);
      break;
    }
  });

  it("is nothing to wait for in the status of a sweep", async () => {
    rmSync(join(root, "slurm"), { recursive: true });
    const status = sweepStatus(root);
    await expect(status.catch((error: Error) => error.message)).resolves.toBeDefined();
  });
});
