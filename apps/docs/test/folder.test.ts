import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadBackend, readRun, resume } from "@eoss/lab";
import { renderReport } from "@eoss/report";
import { type MetricRecord, manifestOf, parseRecords, RunFolderError } from "@eoss/run";
import { strToU8, unzipSync, zipSync } from "fflate";
import { beforeAll, describe, expect, it } from "vitest";
import { chosenFiles } from "../src/playground/run/dropped.js";
import { runsIn, stopped, zipRuns } from "../src/playground/run/folder.js";
import { inputsOf } from "../src/playground/state/inputs.js";
import { presets } from "../src/playground/state/presets.js";
import type { PlaygroundState } from "../src/playground/state/state.js";
import { Engine } from "../src/playground/worker/engine.js";

const { state: preset } = presets.find(({ name }) => name === "batches")!;
const state: PlaygroundState = {
  ...preset,
  settings: { ...preset.settings, samples: 60, width: [6], steps: 16, every: 8, seed: 1 },
};

/** A run that is left after 10 of its 16 steps, as the page exports it. */
async function exported(): Promise<Uint8Array> {
  const engine = new Engine(state);
  const records: MetricRecord[] = [];
  for await (const event of engine.course.run()) {
    if (event.kind === "measured" || event.kind === "stepped") records.push(event.record);
    if (engine.step === 10) break;
  }
  const manifest = stopped(manifestOf(inputsOf(state), { eoss: "0.0.0" }), engine.step);
  return zipRuns([{ name: "run", manifest, records }]);
}

/** Unpacks an archive, and gives the folder of its run. */
function unpack(archive: Uint8Array): string {
  const home = mkdtempSync(join(tmpdir(), "playground-"));
  for (const [path, content] of Object.entries(unzipSync(archive))) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), content);
  }
  return join(home, "run");
}

beforeAll(() => loadBackend("wasm"));

describe("an exported run", () => {
  it("is a run folder that is read, reported and resumed", async () => {
    const folder = unpack(await exported());
    const run = readRun(folder);
    expect(run.manifest.end).toMatchObject({ reason: "interrupted", step: 10 });
    expect(renderReport([run])).toContain("MiniBS");
    const warnings: string[] = [];
    await resume(folder, { workers: 1 }, { onWarning: (message) => warnings.push(message) });
    const whole = readRun(folder);
    expect(whole.manifest.end).toMatchObject({ reason: "completed", step: 16 });
    // It was made again from the seed: no record came out otherwise.
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/has no fingerprints/);
    expect(whole.records.slice(0, run.records.length)).toEqual(run.records);
  });

  it("would be caught with another number in it", async () => {
    const folder = unpack(await exported());
    const file = join(folder, "metrics.jsonl");
    const wrong = readFileSync(file, "utf8").replace(/("minibs","value":)([\d.]+)/, "$11$2");
    writeFileSync(file, wrong);
    const warnings: string[] = [];
    await resume(folder, { workers: 1 }, { onWarning: (message) => warnings.push(message) });
    expect(warnings.join()).toMatch(/minibs at step 0 differs from the recorded one/);
  });

  it("comes back from its archive, or from its files", async () => {
    const archive = await exported();
    const [fromArchive] = runsIn({ "eoss-run.zip": archive });
    const [fromFiles] = runsIn(unzipSync(archive));
    expect(fromArchive).toEqual(fromFiles);
    expect(fromArchive!.records.length).toBeGreaterThan(10);
  });
});

describe("files without a run", () => {
  it("are refused in words", () => {
    expect(() => runsIn({ "a.txt": new Uint8Array() })).toThrow(/These files contain no run/);
    expect(() => runsIn({ "a.zip": new Uint8Array(9) })).toThrow(
      /a\.zip is not a readable archive/,
    );
    const text = new TextEncoder().encode('{"format":"other"}');
    expect(() => runsIn({ "run.json": text })).toThrow(/^run\.json: "format"/);
  });
});

describe("an archive from a stranger", () => {
  /** As its directory at the end says, and not as it is. */
  const relabelled = (archive: Uint8Array, unpacked: number) => {
    const bytes = Buffer.from(archive);
    bytes.writeUInt32LE(unpacked, bytes.indexOf("PK\x01\x02") + 24);
    return bytes;
  };

  it("has its names as names: none leads anywhere, none is a run that is not there", async () => {
    const files = unzipSync(await exported());
    const names = ["..", "../..", "", "C:\\x", "__proto__", "<img src=x onerror=alert(1)>"];
    const archive = zipSync(
      Object.fromEntries(names.map((name) => [`${name}/run.json`, files["run/run.json"]!])),
    );
    const runs = runsIn({ "a.zip": archive });
    expect(runs.map(({ name }) => name).sort()).toEqual(
      ["..", "..", "", "C:\\x", "__proto__", "<img src=x onerror=alert(1)>"].sort(),
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("has a limit to what it unpacks to", () => {
    const bomb = relabelled(
      zipSync({ "a/run.json": new Uint8Array(300_000) }, { level: 0 }),
      2 ** 28 + 1,
    );
    expect(() => runsIn({ "a.zip": bomb })).toThrow(
      "a.zip is not a readable archive: its content takes more than 64 MiB unpacked",
    );
  });

  it("unpacks to no more than it says", () => {
    const zeros = zipSync({ "a/run.json": new Uint8Array(2 ** 23) });
    expect(() => runsIn({ "a.zip": relabelled(zeros, 30) })).toThrow("checksum is wrong");
    const liar = relabelled(zipSync({ "a/run.json": strToU8("{}") }), 2 ** 27);
    expect(() => runsIn({ "a.zip": liar })).toThrow("its file a/run.json is damaged");
  });

  it("of line feeds, records or brackets without end is refused, and at once", async () => {
    const { "run/run.json": manifest, "run/metrics.jsonl": metrics } = unzipSync(await exported());
    const line = metrics!.slice(0, metrics!.indexOf(10) + 1);
    const repeated = (bytes: Uint8Array, times: number) => {
      const all = new Uint8Array(bytes.length * times);
      for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length);
      return all;
    };
    const feeds = new Uint8Array(20 * 2 ** 20).fill(10);
    const brackets = repeated(strToU8("[],"), 2 ** 20);
    const records = repeated(line, 1000);
    for (const [content, message] of [
      [feeds, /metrics\.jsonl, line 1: expected a JSON/],
      [brackets, /has a line of more than 1048576 characters, which is the limit here/],
      [
        new Uint8Array(65 * 2 ** 20).fill(10),
        /these files take more than 64 MiB|more than 64 MiB unp/i,
      ],
    ] as const) {
      const files = { "a/run.json": manifest!, "a/metrics.jsonl": content };
      const began = process.cpuUsage();
      expect(() => runsIn(files)).toThrow(message);
      expect(() => runsIn({ "a.zip": zipSync(files, { level: 1 }) })).toThrow(RunFolderError);
      // Microseconds of processor time: what else the machine does says nothing.
      expect(process.cpuUsage(began).user).toBeLessThan(10e6);
    }
    expect(() =>
      parseRecords(new TextDecoder().decode(records), "m.jsonl", { records: 999, line: 1e6 }),
    ).toThrow("m.jsonl has more than 999 records, which is the limit here");
  });

  it("has a limit to its files, which are counted before they are read", async () => {
    const file = (name: string, size: number) =>
      ({
        name,
        webkitRelativePath: "",
        size,
        arrayBuffer: async () => {
          throw new Error("it was read");
        },
      }) as unknown as File;
    await expect(chosenFiles([file("run.json", 2 ** 40)])).rejects.toThrow(
      /take more than 64 MiB, which is the limit of this page\. "eoss report DIR"/,
    );
    const many = Array.from({ length: 10_001 }, (_, i) => file(`${i}.txt`, 1));
    await expect(chosenFiles(many)).rejects.toThrow("more than 10000 files");
  });
});
