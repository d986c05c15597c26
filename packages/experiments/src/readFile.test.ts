import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isLocked, readManifest, readRun, watchRun } from "@eoss/lab";
import { newestCheckpoint } from "@eoss/lab/internal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticRun } from "../../run/src/syntheticRun.fixture.js";
import { readFigureRecords } from "./recipes/figureRecord.js";
import { readSubmission } from "./sweep/slurm/submissions.js";
import { sweepStatus } from "./sweep/status.js";
import { readSweep } from "./sweep/sweep.js";

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
      /metrics\.jsonl cannot be read: .* is a symbolic link/,
    );
    expect(() => readRun(join(root, "manifest"))).toThrow(
      /run\.json cannot be read: .* is a symbolic link/,
    );
    expect(() => readSubmission(root, 1)).toThrow(/1\.json cannot be read: .* is a symbolic link/);
  });

  it("is refused where it is a pipe, which nobody waits for", () => {
    const folder = join(root, "piped");
    mkdirSync(folder);
    execFileSync("mkfifo", [join(folder, "run.json")]);
    expect(() => readRun(folder)).toThrow(
      /run\.json cannot be read: .*run\.json is not a regular file/,
    );
  });

  it("is damage, where one can do without", async () => {
    const said: string[] = [];
    const warn = (message: string) => said.push(message);
    expect(newestCheckpoint(join(root, "run"), Number.POSITIVE_INFINITY, warn)).toBeUndefined();
    expect(readFigureRecords(root, warn)).toEqual([]);
    expect(said.join()).toMatch(
      /is a symbolic link.*figure\.json cannot be read \(.* is a symbolic link/s,
    );
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

describe.skipIf(process.platform === "win32")("a link", () => {
  const own = join(root, "own");
  const elsewhere = join(root, "elsewhere");
  beforeAll(() => {
    const records = '{"step":0,"quantity":"secret","value":1}\n';
    for (const folder of [own, elsewhere]) {
      mkdirSync(join(folder, "checkpoints"), { recursive: true });
      writeFileSync(join(folder, "run.json"), JSON.stringify(syntheticRun().manifest));
    }
    writeFileSync(join(elsewhere, "metrics.jsonl"), records);
    writeFileSync(join(elsewhere, "sweep.yaml"), "base: { secret: 1 }\n");
    symlinkSync(join(elsewhere, "metrics.jsonl"), join(own, "metrics.jsonl"));
  });

  it("in the place of a file is not read", async () => {
    expect(() => readRun(own)).toThrow(
      /own\/metrics\.jsonl is a symbolic link, and links are not followed/,
    );
    for await (const { records } of watchRun(own)) {
      expect(records).toEqual([]);
      break;
    }
    symlinkSync(join(elsewhere, "sweep.yaml"), join(own, "sweep.yaml"));
    expect(() => readSweep(own)).toThrow(/sweep\.yaml is a symbolic link/);
  });

  it("in the place of a folder is not followed, but for the folder that was named", () => {
    const runs = join(root, "runs-of-mine");
    mkdirSync(runs);
    symlinkSync(elsewhere, join(runs, "linked"));
    expect(readManifest(join(runs, "linked")).dataset.name).toBe("digits");
    expect(() => readManifest(join(runs, "linked"), runs)).toThrow(/linked is a symbolic link/);
    rmSync(join(own, "checkpoints"), { recursive: true });
    writeFileSync(join(elsewhere, "checkpoints", "step-7.json"), "{}");
    symlinkSync(join(elsewhere, "checkpoints"), join(own, "checkpoints"));
    const said: string[] = [];
    newestCheckpoint(own, 9, (message) => said.push(message));
    expect(said.join()).toMatch(/checkpoints is a symbolic link/);
  });
});
