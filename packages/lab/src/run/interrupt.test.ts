import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fork, measureAt, readRun, resume, train } from "@eoss/lab";
import { describe, expect, it } from "vitest";
import { newFolders, tinyConfig, untimedLines, withoutEnd } from "./testRuns.fixture.js";

const newFolder = newFolders("interrupt");

const quick = { steps: 12, every: 6 };
/** `loss` is done at once; the mean over batches takes some time. */
const slow = { ...quick, measure: ["minibs", "loss"], tolerance: 1e-4, "max-batches": 30 };

const lastRecords = (directory: string) =>
  readRun(directory)
    .records.filter(({ step, quantity }) => step === 12 && quantity !== "step-loss")
    .map(({ quantity }) => quantity);

/** A signal that fires as soon as a run has the first record of its last step. */
function atTheLastRecord(out: string): AbortSignal {
  const controller = new AbortController();
  const timer = setInterval(() => {
    if (!existsSync(join(out, "run.json")) || lastRecords(out).length === 0) return;
    clearInterval(timer);
    controller.abort();
  }, 5);
  return controller.signal;
}

async function whole(settings: Record<string, unknown> = quick) {
  const out = newFolder();
  await train(tinyConfig(settings), { out });
  return out;
}

describe("an interrupt during the last measurement", () => {
  it("keeps the records that are there, and the rest can be made", async () => {
    const out = newFolder();
    const { end } = await train(tinyConfig(slow), { out, signal: atTheLastRecord(out) });
    expect(end).toMatchObject({ reason: "interrupted", step: 12 });
    expect(lastRecords(out)).toEqual(["loss"]);
    // Again, in a session that only measures.
    const again = await resume(out, {}, { signal: atTheLastRecord(out) });
    expect(again.end?.reason).toBe("interrupted");
    const { end: last } = await resume(out);
    expect(last).toMatchObject({ reason: "completed", step: 12 });
    expect(untimedLines(out)).toEqual(untimedLines(await whole(slow)));
    await expect(resume(out)).rejects.toThrow(/completed its 12 steps.*--steps N/);
  });

  it("was written in another order by older versions: that is no difference", async () => {
    const out = await whole();
    const path = join(out, "metrics.jsonl");
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const last = lines.filter((line) => /^\{"step":12,/.test(line));
    const turned = [...lines.slice(0, -last.length), ...last.reverse()];
    writeFileSync(path, `${turned.join("\n")}\n`);
    rmSync(join(out, "checkpoints"), { recursive: true });
    withoutEnd(out);
    const warnings: string[] = [];
    await resume(out, {}, { onWarning: (text) => warnings.push(text) });
    expect(warnings.filter((text) => text.includes("differs from the recorded one"))).toEqual([]);
    expect(untimedLines(out)).toEqual(turned.map(untimed));
  });
});

const untimed = (line: string) => {
  const { seconds: _, ...rest } = JSON.parse(line);
  return JSON.stringify(rest);
};

describe("a kill between the last record and the report", () => {
  it("leaves the report to be written", async () => {
    const out = await whole();
    rmSync(join(out, "report.html"));
    expect((await resume(out)).end).toMatchObject({ reason: "completed", step: 12 });
    expect(existsSync(join(out, "report.html"))).toBe(true);
    // One from before the run was made longer is none.
    const longAgo = new Date(Date.now() - 1e6);
    utimesSync(join(out, "report.html"), longAgo, longAgo);
    await resume(out);
    await expect(resume(out)).rejects.toThrow(/completed its 12 steps/);
  });

  it("and before the end is noted: the end is made again", async () => {
    const out = await whole();
    const lines = untimedLines(out);
    withoutEnd(out);
    expect((await resume(out)).end).toMatchObject({ reason: "completed", step: 12 });
    expect(untimedLines(out)).toEqual(lines);
  });
});

it("a fork is no run until all is there that it begins from", async () => {
  const parent = await whole();
  const out = newFolder();
  mkdirSync(out);
  // In the way of its first checkpoint.
  writeFileSync(join(out, "checkpoints"), "");
  await expect(fork(parent, { lr: 0.05 }, { at: 6, out })).rejects.toThrow(/checkpoints/);
  expect(existsSync(join(out, "run.json"))).toBe(false);
  expect(existsSync(join(out, "lock"))).toBe(false);
  rmSync(join(out, "checkpoints"));
  await fork(parent, { lr: 0.05 }, { at: 6, out });
});

it("a measurement after the fact ends as interrupted", async () => {
  const out = await whole();
  const signal = AbortSignal.abort();
  const measured = measureAt(out, 12, { tolerance: 1e-4, "max-batches": 3000 }, { signal });
  await expect(measured).rejects.toMatchObject({ name: "AbortError" });
});
