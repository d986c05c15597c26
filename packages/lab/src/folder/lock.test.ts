import { type ChildProcess, execFileSync, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { train } from "@eoss/lab";
import { stream } from "@eoss/rng";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newFolders, tinyConfig } from "../run/testRuns.fixture.js";
import { isLocked, RunLock } from "./lock.js";
import type { Answer, Order } from "./lockChild.fixture.js";
import { ownerHere } from "./owner.js";

const freeFolder = newFolders("lock");
const newFolder = () => {
  const directory = freeFolder();
  mkdirSync(directory);
  return directory;
};

const owned = (directory: string, owner: unknown) =>
  writeFileSync(join(directory, "lock"), JSON.stringify(owner));

/** As if nothing had been heard of the owner for so many milliseconds. */
const silentFor = (directory: string, milliseconds: number) => {
  const then = new Date(Date.now() - milliseconds);
  utimesSync(join(directory, "lock"), then, then);
};

const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;
const onLinux = process.platform === "linux";

/** Fields of `/proc/PID/stat` behind the name of a process: first of them its state. */
const statOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");

it("gives a folder to one owner at a time", () => {
  const directory = newFolder();
  const lock = RunLock.acquire(directory);
  expect(isLocked(directory)).toBe(true);
  expect(() => RunLock.acquire(directory)).toThrow(
    new RegExp(`being written by another process \\(pid ${process.pid} on .*eoss watch`),
  );
  lock.check();
  lock.release();
  expect(isLocked(directory)).toBe(false);
  expect(readdirSync(directory)).toEqual([]);
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

it("of a stranger leads to no file outside, whatever its token says", () => {
  const directory = newFolder();
  const victim = join(directory, "..", "victim");
  writeFileSync(victim, "theirs");
  const then = new Date(Date.now() - 1e7);
  utimesSync(victim, then, then);
  mkdirSync(join(directory, "lock.a"));
  for (const token of ["a/../../victim", "x".repeat(300), "\0"]) {
    owned(directory, { ...ownerHere(token), started: "1" });
    silentFor(directory, 1e7);
    RunLock.acquire(directory).release();
    expect(readFileSync(victim, "utf8")).toBe("theirs");
  }
});

describe("an owner of this system and PID namespace", () => {
  it.skipIf(!onLinux)(
    "that is dead, a zombie, or another process of its number is followed",
    () => {
      const directory = newFolder();
      const here = ownerHere("stale");
      owned(directory, { ...here, pid: deadPid() });
      expect(isLocked(directory)).toBe(false);
      RunLock.acquire(directory).release();
      owned(directory, { ...here, started: "1" });
      RunLock.acquire(directory).release();
    },
  );

  it.skipIf(!onLinux)("is believed for as long as it lives, however silent", () => {
    const directory = newFolder();
    owned(directory, ownerHere("silent"));
    silentFor(directory, 10 * 24 * 3600_000);
    expect(isLocked(directory)).toBe(true);
    expect(() => RunLock.acquire(directory)).toThrow(/another process/);
  });
});

describe("an owner that cannot be asked", () => {
  const here = ownerHere("far");
  const elsewhere: Record<string, object> = {
    "on another machine": { ...here, host: "elsewhere", boot: "another" },
    "of the same name on another machine": { ...here, boot: "another" },
    "in another PID namespace": { ...here, pids: "pid:[1]" },
    "without a known start": { ...here, started: null },
    "of an older version": { pid: process.pid, host: hostname(), started: null },
    "of an older version, dead here": { pid: deadPid(), host: hostname(), started: "1" },
  };
  for (const [name, owner] of Object.entries(elsewhere)) {
    it(`${name}: is believed until it has been silent for long`, () => {
      const directory = newFolder();
      owned(directory, owner);
      silentFor(directory, 100_000);
      expect(isLocked(directory)).toBe(true);
      expect(() => RunLock.acquire(directory)).toThrow(/another process \(pid/);
      silentFor(directory, 125_000);
      expect(isLocked(directory)).toBe(false);
      RunLock.acquire(directory).release();
    });
  }

  it("says when the folder will be free", () => {
    const directory = newFolder();
    owned(directory, elsewhere["on another machine"]);
    silentFor(directory, 100_000);
    expect(() => RunLock.acquire(directory)).toThrow(
      /pid \d+ on elsewhere, last active 100 s ago; the folder is released after 120 s without activity/,
    );
  });

  it("has a time in the future: that is no sign of life", () => {
    const directory = newFolder();
    owned(directory, elsewhere["on another machine"]);
    silentFor(directory, -1e9);
    RunLock.acquire(directory).release();
  });
});

it("a lock that was cut off while it was made does not last", () => {
  const directory = newFolder();
  writeFileSync(join(directory, "lock"), "");
  expect(() => RunLock.acquire(directory)).toThrow(/its lock is being created/);
  silentFor(directory, 10_000);
  RunLock.acquire(directory).release();
});

it("an owner whose folder was taken over writes no more, and leaves the lock to the other", () => {
  const directory = newFolder();
  const lock = RunLock.acquire(directory);
  const next = { ...ownerHere("next"), pid: 7, host: "elsewhere" };
  owned(directory, next);
  expect(() => lock.check()).toThrow(
    /no longer locked by this process: pid 7 on elsewhere took it over/,
  );
  lock.release();
  expect(JSON.parse(readFileSync(join(directory, "lock"), "utf8"))).toEqual(next);
});

it("a run whose folder was taken over stops before its next write", async () => {
  const directory = freeFolder();
  let there: Record<string, string> = {};
  const contents = () =>
    Object.fromEntries(
      ["run.json", "metrics.jsonl", "lock"].map((name) => [
        name,
        readFileSync(join(directory, name), "utf8"),
      ]),
    );
  const onProgress = ({ step }: { step: number }) => {
    if (step !== 5) return;
    owned(directory, { ...ownerHere("next"), host: "elsewhere" });
    there = contents();
  };
  const config = tinyConfig({ measure: [], "checkpoint-every": 6 });
  await expect(train(config, { out: directory, onProgress })).rejects.toThrow(
    /no longer locked by this/,
  );
  expect(contents()).toEqual(there);
  expect(readdirSync(directory).sort()).toEqual(["lock", "metrics.jsonl", "run.json"]);
});

it("what a process that was killed left beside the lock goes away", () => {
  const directory = newFolder();
  const rest = join(directory, "lock.0000");
  writeFileSync(rest, "");
  RunLock.acquire(directory).release();
  expect(readdirSync(directory)).toEqual(["lock.0000"]);
  const longAgo = new Date(Date.now() - 200_000);
  utimesSync(rest, longAgo, longAgo);
  RunLock.acquire(directory).release();
  expect(readdirSync(directory)).toEqual([]);
});

describe("other processes", () => {
  const children: ChildProcess[] = [];
  let script: string;

  beforeAll(async () => {
    script = join(newFolder(), "child.mjs");
    await build({
      entryPoints: [fileURLToPath(new URL("./lockChild.fixture.ts", import.meta.url))],
      outfile: script,
      bundle: true,
      platform: "node",
      format: "esm",
      conditions: ["@eoss/source"],
      logLevel: "silent",
    });
  });
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
  });

  const child = (...args: string[]) => {
    const started = fork(script, args);
    children.push(started);
    return started;
  };
  const tell = (process: ChildProcess, order: Order) => {
    process.send(order);
    return once(process, "message").then(([answer]) => answer as Answer);
  };

  // Each kind of stale lock; a name of its own for each round, for tokens are never used twice.
  const stale: ReadonlyArray<(directory: string, dead: object) => void> = [
    (directory, dead) => owned(directory, dead),
    (directory) => {
      writeFileSync(join(directory, "lock"), "");
      silentFor(directory, 10_000);
    },
    (directory) => {
      owned(directory, { pid: 1, host: "elsewhere", started: null });
      silentFor(directory, 200_000);
    },
    // Its follower died while it took over, and the follower of that one too.
    (directory, dead) => {
      owned(directory, { ...dead, token: "a" });
      writeFileSync(join(directory, "lock.a"), JSON.stringify({ ...dead, token: "b" }));
      writeFileSync(join(directory, "lock.a.b"), JSON.stringify({ ...dead, token: "c" }));
    },
  ];

  const rounds = process.env.EOSS_LONG ? 1000 : 40;
  it.skipIf(!onLinux)(
    `${rounds} races of four for a stale lock: one owner`,
    {
      timeout: 600_000,
    },
    async () => {
      const racers = [child(), child(), child(), child()];
      const dead = { ...ownerHere("dead"), pid: deadPid() };
      const random = stream(3, "races");
      const counts: Record<Answer, number> = {};
      for (let round = 0; round < rounds; round++) {
        const directory = newFolder();
        stale[round % stale.length]!(directory, dead);
        const release = round % 3 === 0;
        const at = Date.now() + 3;
        const answers = await Promise.all(
          racers.map((racer, i) => {
            const late = Math.floor(2 * random.uniformAt(4 * round + i));
            return tell(racer, { directory, at: at + late, keep: 1, release });
          }),
        );
        for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
        expect(answers.filter((answer) => answer !== "owner" && answer !== "refused")).toEqual([]);
        const owners = answers.filter((answer) => answer === "owner").length;
        if (release) expect(owners).toBeGreaterThanOrEqual(1);
        else expect(owners).toBe(1);
      }
      expect(counts.refused).toBeGreaterThan(rounds);
      if (process.env.EOSS_LONG) console.log(`${rounds} races:`, counts);
      for (const racer of racers) racer.disconnect();
    },
  );

  it("show that they live also while nothing in them gets a turn", async () => {
    const directory = newFolder();
    const busy = child();
    let ended = false;
    const done = tell(busy, { directory, at: 0, keep: 60_000, release: true });
    void done.then(() => {
      ended = true;
    });
    while (!isLocked(directory)) await wait(20);
    silentFor(directory, 60_000);
    const silent = statSync(join(directory, "lock")).mtimeMs;
    while (!ended && statSync(join(directory, "lock")).mtimeMs === silent) await wait(20);
    expect(ended).toBe(false);
    busy.kill("SIGKILL");
  });

  it.skipIf(!onLinux)(
    "that were stopped find out, when they go on, that they are owners no more",
    async () => {
      const directory = newFolder();
      const stopped = child("loud");
      const done = tell(stopped, { directory, at: 0, keep: 3000, release: true });
      expect(await done).toBe("inside");
      const answer = once(stopped, "message");
      stopped.kill("SIGSTOP");
      while (statOf(stopped.pid!)[0] !== "T") await wait(10);
      // In this namespace its silence means nothing.
      silentFor(directory, 200_000);
      expect(() => RunLock.acquire(directory)).toThrow(/another process/);
      // To another machine it is dead.
      const text = JSON.parse(readFileSync(join(directory, "lock"), "utf8"));
      owned(directory, { ...text, boot: "another" });
      silentFor(directory, 200_000);
      const lock = RunLock.acquire(directory);
      stopped.kill("SIGCONT");
      expect((await answer)[0]).toBe("lost");
      lock.check();
      lock.release();
      stopped.disconnect();
    },
  );

  it("are zombies: those have ended", async (context) => {
    if (!onLinux) return context.skip("zombies are looked for in /proc");
    // The shell's child ends, and the shell, now another program, never asks how.
    const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 600"]);
    const pid = Number(String((await once(parent.stdout, "data"))[0]));
    children.push(parent);
    while (statOf(pid)[0] !== "Z") await wait(10);
    const fields = statOf(pid);
    const directory = newFolder();
    owned(directory, { ...ownerHere("zombie"), pid, started: fields[19] });
    expect(isLocked(directory)).toBe(false);
    RunLock.acquire(directory).release();
  });

  const namespaces = canUnshare();
  if (namespaces !== true) console.log(`skipped: PID namespaces (${namespaces})`);
  for (const mount of ["--mount-proc", ""]) {
    it.skipIf(namespaces !== true)(`of another PID namespace live on here ${mount}`, async () => {
      const directory = newFolder();
      const order: Order = { directory, at: 0, keep: 60_000, release: true };
      const inside = (code: string) => [
        ...["--pid", "--fork", ...(mount ? [mount] : []), process.execPath, "-e", code],
      ];
      // Its first and only process: pid 1 there.
      const owner = spawn(
        "unshare",
        inside(
          `process.send = () => {}; process.once("newListener", () => setTimeout(() =>
             process.emit("message", ${JSON.stringify(order)}), 100)); import(${JSON.stringify(script)})`,
        ),
      );
      children.push(owner);
      while (!isLocked(directory)) await wait(20);
      const { pid } = JSON.parse(readFileSync(join(directory, "lock"), "utf8"));
      expect(pid).toBe(1);
      expect(() => RunLock.acquire(directory)).toThrow(/another process \(pid 1 on .*last active/);
      // A second namespace, where there is a process of this number too.
      const second = spawnSync(
        "unshare",
        inside(
          `process.send = (answer) => { console.log(answer); process.exit() };
           process.once("newListener", () => setTimeout(() =>
             process.emit("message", ${JSON.stringify(order)}), 100)); import(${JSON.stringify(script)})`,
        ),
        { encoding: "utf8" },
      );
      expect(second.stdout.trim()).toBe("refused");
      owner.kill("SIGKILL");
    });
  }
});

/** Whether processes can be started in PID namespaces of their own, or why not. */
function canUnshare(): true | string {
  try {
    execFileSync("unshare", ["--pid", "--fork", "--mount-proc", "true"], { stdio: "pipe" });
    return true;
  } catch (error) {
    return (error as Error).message.split("\n")[0]!;
  }
}
