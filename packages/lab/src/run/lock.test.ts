import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { train } from "@eoss/lab";
import { expect, it } from "vitest";
import { isLocked, RunLock } from "./lock.js";
import { newFolders, tinyConfig } from "./testRuns.fixture.js";

const freeFolder = newFolders("lock");
const newFolder = () => {
  const directory = freeFolder();
  mkdirSync(directory);
  return directory;
};

const owned = (directory: string, owner: unknown) =>
  writeFileSync(join(directory, "lock"), JSON.stringify(owner));

it("gives a folder to one owner at a time", () => {
  const directory = newFolder();
  const lock = RunLock.acquire(directory);
  expect(isLocked(directory)).toBe(true);
  expect(() => RunLock.acquire(directory)).toThrow(
    new RegExp(`being written by another process \\(pid ${process.pid} on .*eoss watch`),
  );
  lock.release();
  expect(isLocked(directory)).toBe(false);
  RunLock.acquire(directory).release();
});

it("stops a second run in the same folder", async () => {
  const directory = newFolder();
  const lock = RunLock.acquire(directory);
  await expect(train(tinyConfig({ measure: [] }), { out: directory })).rejects.toThrow(
    /being written by another process/,
  );
  lock.release();
});

it("takes over from a process that is dead, or that has only the same number", () => {
  const directory = newFolder();
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  owned(directory, { pid, host: hostname(), started: null });
  expect(isLocked(directory)).toBe(false);
  RunLock.acquire(directory).release();
  if (process.platform !== "linux") return;
  owned(directory, { pid: process.pid, host: hostname(), started: "1" });
  RunLock.acquire(directory).release();
});

it("respects a living process, whoever its owner", () => {
  const directory = newFolder();
  const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  owned(directory, { pid: other.pid, host: hostname(), started: null });
  expect(() => RunLock.acquire(directory)).toThrow(/another process/);
  other.kill();
});

it("believes another machine until it has been silent for long", () => {
  const directory = newFolder();
  const path = join(directory, "lock");
  owned(directory, { pid: 1, host: "elsewhere", started: null });
  expect(() => RunLock.acquire(directory)).toThrow(/pid 1 on elsewhere/);
  const longAgo = new Date(Date.now() - 200_000);
  utimesSync(path, longAgo, longAgo);
  RunLock.acquire(directory).release();
});

it("a lock that was cut off while it was made does not last", () => {
  const directory = newFolder();
  const path = join(directory, "lock");
  writeFileSync(path, "");
  expect(() => RunLock.acquire(directory)).toThrow(/just being made/);
  const longAgo = new Date(Date.now() - 10_000);
  utimesSync(path, longAgo, longAgo);
  RunLock.acquire(directory).release();
});
