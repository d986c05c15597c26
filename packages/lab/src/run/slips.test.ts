import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fork, measureAt, readRun, staticAt, train } from "@eoss/lab";
import { describe, expect, it } from "vitest";
import { dyingAt, newFolders, tinyConfig, withoutEnd } from "./testRuns.fixture.js";

const newFolder = newFolders("slips");
const quick = { steps: 4, every: 2, measure: ["loss"], width: [3], tolerance: 0.02 };

async function newRun(settings: Record<string, unknown> = {}): Promise<string> {
  const out = newFolder();
  await train(tinyConfig({ ...quick, ...settings }), { out });
  return out;
}

describe("settings without effect", () => {
  it("are said of a run that begins, goes on or forks, and kept as they are", async () => {
    const said: string[] = [];
    const onWarning = (text: string) => said.push(text);
    const config = tinyConfig({ ...quick, intervene: ["at=9 lr=0.2"], "data-dir": "x" });
    const out = newFolder();
    await train(config, { out, onWarning });
    expect(said).toEqual([
      "data-dir has no effect: the data set digits is part of eoss and reads no files",
      'intervene has no effect: "at=9 lr=0.2" begins after the last update, that of step 3',
    ]);
    expect(readRun(out).manifest.config.intervene).toEqual(["at=9 lr=0.2"]);
    said.length = 0;
    await fork(out, { lr: 0.3 }, { at: 2, out: newFolder(), onWarning });
    expect(said).toHaveLength(2);
  });
});

describe("several names that nothing has", () => {
  it("are said at once", async () => {
    const config = tinyConfig({ ...quick, data: "digts", model: "mpl", measure: ["minbs#x"] });
    const training = train(config, { out: newFolder() });
    for (const meant of ["digits", "mlp", "minibs"]) {
      await expect(training).rejects.toThrow(`did you mean ${meant}?`);
    }
  });
});

describe("a step beyond a run", () => {
  it("is refused, with how far the run has come", async () => {
    const out = await newRun();
    const message = /step 5 is beyond the run, which has come to step 4; .*eoss resume/;
    await expect(measureAt(out, 5, {})).rejects.toThrow(message);
    await expect(staticAt(out, 5, {})).rejects.toThrow(message);
    const changes = { settings: { steps: 9 } };
    await expect(fork(out, changes, { at: 5, out: newFolder() })).rejects.toThrow(message);
    expect((await measureAt(out, 4, {})).step).toBe(4);
  });

  it("also of one that was killed: it has come as far as its records", async () => {
    const out = newFolder();
    const dying = train(tinyConfig({ ...quick, steps: 9, every: 9 }), { out, ...dyingAt(3) });
    await expect(dying).rejects.toThrow("killed");
    withoutEnd(out);
    expect((await measureAt(out, 3, {})).step).toBe(3);
    await expect(measureAt(out, 4, {})).rejects.toThrow("has come to step 3");
  });
});

describe("a folder that cannot be one", () => {
  const folder = newFolder();
  mkdirSync(folder);
  writeFileSync(join(folder, "file"), "");
  const config = tinyConfig({ ...quick, data: "no-such-data" });

  it.each([
    ["file", /file is a file; choose another --out/],
    ["file/run", /cannot be written \(ENOTDIR\): a part of the path is a file/],
    ["a".repeat(300), /cannot be written \(ENAMETOOLONG\): the name is too long/],
  ])("is refused before any work: %s", async (name, message) => {
    const out = join(folder, name);
    await expect(train(config, { out })).rejects.toThrow(message);
  });

  it.skipIf(process.platform !== "linux")("also where the system never makes one", async () => {
    const training = train(tinyConfig(quick), { out: "/proc/eoss/run" });
    await expect(training).rejects.toThrow("cannot be written (ENOENT)");
  });
});
