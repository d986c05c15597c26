import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import {
  checkFolder,
  makeFolder,
  openToAppend,
  RunWriteError,
  removeFile,
  writePieces,
  writeWhole,
} from "./durable.js";
import { OpenFolder } from "./openFolder.js";

const root = mkdtempSync(join(tmpdir(), "eoss-durable-"));
afterAll(() => rmSync(root, { recursive: true }));

let own: string;
let victim: string;
let count = 0;
beforeEach(() => {
  own = join(root, `own-${++count}`);
  mkdirSync(join(own, "inner"), { recursive: true });
  victim = join(root, `victim-${count}`);
  mkdirSync(victim);
  writeFileSync(join(victim, "file"), "theirs");
});
const untouched = () => {
  expect(readdirSync(victim)).toEqual(["file"]);
  expect(readFileSync(join(victim, "file"), "utf8")).toBe("theirs");
};

describe.skipIf(process.platform === "win32")("writing", () => {
  it("replaces a file as a whole, and leaves nothing else", () => {
    const file = join(own, "file");
    writeWhole(file, "old");
    writeWhole(file, "new");
    expect(readFileSync(file, "utf8")).toBe("new");
    const failing = () =>
      writePieces(file, (open) => {
        writeFileSync(open, "half");
        throw new RangeError("the writer's own");
      });
    expect(failing).toThrow(new RangeError("the writer's own"));
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(readdirSync(own).sort()).toEqual(["file", "inner"]);
  });

  it.each(["file", "none"])("does not follow a link to %s", (target) => {
    const link = join(own, "run.json");
    symlinkSync(join(victim, target), link);
    expect(() => writeWhole(link, "x")).toThrow(RunWriteError);
    expect(() => writeWhole(link, "x")).toThrow(
      /run\.json is a symbolic link, and links are not followed; rem/,
    );
    expect(() => openToAppend(link)).toThrow(/is a symbolic link/);
    untouched();
  });

  it("does not use a name that can be known before", () => {
    symlinkSync(join(victim, "file"), join(own, "run.json.tmp"));
    writeWhole(join(own, "run.json"), "x");
    untouched();
    expect(lstatSync(join(own, "run.json.tmp")).isSymbolicLink()).toBe(true);
  });

  it("leaves a file of two names alone under the other one", () => {
    linkSync(join(victim, "file"), join(own, "hard"));
    expect(() => openToAppend(join(own, "hard"))).toThrow(/hard link/);
    writeWhole(join(own, "hard"), "x");
    untouched();
  });

  it("follows links in what the user named, and none below", () => {
    symlinkSync(own, join(root, `named-${count}`));
    const named = join(root, `named-${count}`);
    writeWhole(join(named, "inner", "a"), "x", named);
    expect(existsSync(join(own, "inner", "a"))).toBe(true);
    symlinkSync(victim, join(own, "checkpoints"));
    for (const act of [
      () => writeWhole(join(named, "checkpoints", "a"), "x", named),
      () => makeFolder(join(named, "checkpoints"), named),
      () => makeFolder(join(named, "checkpoints", "deeper"), named),
      () => removeFile(join(named, "checkpoints", "file"), named),
      () => checkFolder(join(named, "checkpoints", "deeper"), named),
    ]) {
      expect(act).toThrow(/checkpoints is a symbolic link/);
    }
    untouched();
    makeFolder(join(named, "a", "b"), named);
    expect(existsSync(join(own, "a", "b"))).toBe(true);
    checkFolder(join(named, "a", "not", "there"), named);
    removeFile(join(named, "a", "not", "there"), named);
  });

  it("removes a link, not what it leads to", () => {
    symlinkSync(join(victim, "file"), join(own, "failure.json"));
    removeFile(join(own, "failure.json"));
    expect(readdirSync(own)).toEqual(["inner"]);
    untouched();
  });

  it("leaves folders and devices alone", () => {
    expect(() => writeWhole(join(own, "inner"), "x")).toThrow(/inner is a folder/);
    expect(() => writeWhole("/dev/null", "x")).toThrow(/\/dev\/null is not a regular file/);
    expect(() => openToAppend("/dev/null")).toThrow(/is not a regular file/);
    expect(() => writeWhole(join(own, "none", "a"), "x")).toThrow(/ENOENT/);
  });

  it("stays in the folder that was opened when a link takes its place", () => {
    const inner = join(own, "inner");
    const folder = OpenFolder.open(inner, own);
    renameSync(inner, join(own, "moved"));
    symlinkSync(victim, inner);
    const write = () => writeFileSync(folder.at("late"), "x", { flag: "wx" });
    if (process.platform === "linux") write();
    else expect(write).toThrow(/another folder/);
    folder.close();
    untouched();
  });

  it("keeps no folder or file open", () => {
    const open = () => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0);
    const before = open();
    symlinkSync(victim, join(own, "link"));
    for (let i = 0; i < 20; i++) {
      writeWhole(join(own, "inner", "a"), "x", own);
      expect(() => writeWhole(join(own, "link", "a"), "x", own)).toThrow();
      expect(() => openToAppend(join(own, "inner"))).toThrow();
    }
    expect(open()).toBe(before);
  });
});
