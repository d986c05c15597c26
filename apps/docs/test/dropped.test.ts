import { readFileSync } from "node:fs";
import { RunFolderError } from "@eoss/run";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { diceOf } from "../../../packages/experiments/test/fuzz/mutate.js";
import {
  linesOf,
  manifests,
  metrics,
  mutated,
  mutatedRecords,
} from "../../../packages/experiments/test/fuzz/targets.js";
import { runsIn } from "../src/playground/run/folder.js";
import { LIMITS } from "../src/playground/run/limits.js";
import { Trace } from "../src/playground/run/trace.js";

const CASES = process.env.EOSS_LONG ? 5000 : 300;
const place = { folder: "/nowhere", canary: "./canary.mjs" };
const bytesOf = (content: string | Uint8Array) =>
  typeof content === "string" ? strToU8(content) : new Uint8Array(content);

describe("runs in which something is wrong", () => {
  it("are refused in words, or shown", () => {
    let shown = 0;
    for (let index = 0; index < CASES; index++) {
      const dice = diceOf(20, index);
      const inRecords = dice.chance(0.5);
      const manifest = dice.one(manifests);
      const files = {
        "a/run.json": bytesOf(
          inRecords ? JSON.stringify(manifest) : mutated(dice, manifest, place),
        ),
        "a/metrics.jsonl": bytesOf(inRecords ? mutatedRecords(dice, place) : linesOf(metrics)),
      };
      try {
        const runs = runsIn(dice.chance(0.5) ? files : { "a.zip": zipSync(files, { level: 0 }) });
        for (const { name, manifest, records } of runs) {
          const trace = new Trace(name, manifest, records);
          shown += Number(trace !== undefined);
        }
      } catch (error) {
        expect(error, `case ${index}: ${(error as Error).stack}`).toBeInstanceOf(RunFolderError);
      }
    }
    expect(shown).toBeGreaterThan(CASES / 20);
  });

  it("are no more than the page can draw", () => {
    const one = strToU8(JSON.stringify(manifests[0]));
    const files = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`${i}/run.json`, one]));
    expect(() => runsIn(files)).toThrow("more than 100 runs");
    expect(() => runsIn({ "a.zip": zipSync(files) })).toThrow("more than 100 runs");
    const names = Array.from({ length: 10_001 }, (_, i) => [`${i}/metrics.jsonl`, strToU8("")]);
    expect(() => runsIn({ "a.zip": zipSync(Object.fromEntries(names)) })).toThrow(
      "more than 10000 files",
    );
  });
});

it("the page of the run folder says the limits", () => {
  const page = readFileSync(new URL("../pages/reference/run-folder.md", import.meta.url), "utf8");
  const { bytes, files, runs, records, line } = LIMITS;
  const number = (value: number) => value.toLocaleString("en");
  expect(page.replaceAll(/\s+/g, " ")).toContain(
    `up to ${bytes / 2 ** 20} MiB (unpacked), ${number(files)} files, ${runs} runs, ` +
      `${number(records)} records and ${line / 2 ** 20} MiB a line`,
  );
});
