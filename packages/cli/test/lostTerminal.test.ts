import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { FULL } from "./forms.js";

// A shell whose reader, disk or terminal goes away while the program works.

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-lost-"));
afterAll(() => rmSync(root, { recursive: true }));

const hasFull = existsSync("/dev/full");
if (!hasFull) console.log("skipped: a device that is full (there is no /dev/full)");

const train = (out: string, steps: number) =>
  `eoss train --data digits --samples 120 --width 8 --lr 0.1 --batch 8 --backend cpu --measure loss ` +
  `--steps ${steps} --every 50 --checkpoint-every 50 --out ${out}`;

/** What bash says of a command line; `eoss` is the built program, and $? that of the first command. */
function bash(line: string): Promise<{ code: number; out: string; err: string }> {
  const script = `eoss() { "${process.execPath}" "${bin}" "$@"; }; ${line}; exit \${PIPESTATUS[0]}`;
  const child = spawn("bash", ["-c", script], { cwd: root });
  const text = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    text.out += data;
  });
  child.stderr.on("data", (data) => {
    text.err += data;
  });
  return new Promise((resolve) =>
    child.on("close", (code) => resolve({ code: Number(code), ...text })),
  );
}

const endOf = (out: string) =>
  JSON.parse(readFileSync(join(root, out, "run.json"), "utf8")).end?.reason;

describe("a run whose messages nobody reads", () => {
  const losses: ReadonlyArray<readonly [name: string, redirection: string]> = [
    ["a pipe that is closed after a line", "2>&1 | head -1"],
    ["no stderr", "2>&-"],
    ["a pipe that is closed", "2>&1 | head -0"],
    ["no stdout", ">&-"],
    ...(hasFull ? [["a full disk for messages", "2>/dev/full"] as const] : []),
  ];
  it.concurrent.each(FULL ? losses : losses.slice(0, 2))(
    "goes on to its end: %s",
    async (name, redirection) => {
      const out = name.replaceAll(" ", "-");
      const { code, err } = await bash(`${train(out, 150)} ${redirection}`);
      expect(err).not.toMatch(/ {4}at |eoss:/);
      expect(code).toBe(0);
      expect(endOf(out)).toBe("completed");
      expect(existsSync(join(root, out, "report.html"))).toBe(true);
    },
  );

  it.skipIf(!hasFull)("says what became of its results, in one line", async () => {
    const { code, err } = await bash(`${train("full", 10)} >/dev/full`);
    expect(err.trim().split("\n").at(-1)).toBe("eoss: stdout cannot be written (ENOSPC)");
    expect(err).not.toMatch(/ {4}at /);
    expect(code).toBe(1);
    expect(endOf("full")).toBe("completed");
    for (const command of ["table full", "query 'SELECT * FROM metrics' full", "--help"]) {
      const { code, err } = await bash(`eoss ${command} >/dev/full`);
      expect(err).toBe("eoss: stdout cannot be written (ENOSPC)\n");
      expect(code).toBe(1);
    }
  });

  it("is nothing that a program that only shows waits for", async () => {
    await bash(train("shown", 10));
    expect(await bash("eoss watch shown --json | head -1")).toMatchObject({ code: 0, err: "" });
  });
});

describe("a terminal that is closed", () => {
  const signals = [
    ["SIGHUP", 1],
    ["SIGHUP", 3],
    ["SIGTERM", 1],
  ] as const;
  it.concurrent.each(FULL ? signals : signals.slice(0, 1))(
    "%s, %i times: the run ends cleanly and can be resumed",
    async (signal, times) => {
      const out = `closed-${signal}-${times}`;
      const [program, ...args] = [
        process.execPath,
        bin,
        ...train(out, 200_000).split(" ").slice(1),
      ];
      const child = spawn(program!, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
      const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
      while (!existsSync(join(root, out, "checkpoints", "step-50.json"))) await wait(20);
      // Messages cannot be written from here on either.
      child.stderr.destroy();
      for (let time = 0; time < times; time++) child.kill(signal);
      expect(await ended).toBe(130);
      expect(endOf(out)).toBe("interrupted");
      const { step } = JSON.parse(readFileSync(join(root, out, "run.json"), "utf8")).end;
      expect(await bash(`eoss resume ${out} --steps ${step + 5}`)).toMatchObject({ code: 0 });
    },
  );

  it("ends a dry run in the same way", async () => {
    // Without costs of earlier calls: the products of many networks are still to time after the first.
    const env = { ...process.env, XDG_CACHE_HOME: join(root, "no-costs-yet") };
    const args = ["reproduce", "all", "--dry-run", "--jobs", "1"];
    const child = spawn(process.execPath, [bin, ...args], { cwd: root, env });
    let err = "";
    child.stderr.on("data", (data) => {
      err += data;
    });
    const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
    while (!err.includes("timed products of") && child.exitCode === null) await wait(20);
    expect(child.kill("SIGTERM")).toBe(true);
    expect(await ended).toBe(130);
    expect(err).not.toMatch(/ {4}at |unexpected/);
  });
});
