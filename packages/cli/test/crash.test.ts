import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stream } from "@eoss/rng";
import { afterAll, describe, expect, it } from "vitest";
import { FULL } from "./forms.js";
import { smallDisk } from "./smallDisk.js";

// Real processes, really killed. Where a kill strikes is left to chance; what must come out is not.

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-crash-"));
afterAll(() => rmSync(root, { recursive: true }));

const COMMON =
  "train --data digits --samples 120 --width 24 --init-scale 0.3 --tolerance 0.3 --backend cpu";

interface Kind {
  readonly name: string;
  /** How often it is killed. */
  readonly kills: number;
  readonly flags: string;
}

/** The kinds of every test; in full with more kills, and runs that outlast them. */
const short: readonly Kind[] = [
  {
    name: "measuring, sgd",
    kills: FULL ? 14 : 3,
    flags: `--lr 0.1 --batch 8 --steps ${FULL ? 700 : 150} --every 20 --checkpoint-every 10`,
  },
  {
    name: "measuring, adam",
    kills: FULL ? 13 : 3,
    flags: `--lr 0.001 --batch 16 --steps ${FULL ? 700 : 150} --every 25 --checkpoint-every 7 --optimizer adam --workers 1`,
  },
  {
    name: "without measurements, heavy ball",
    kills: FULL ? 13 : 3,
    flags: `--lr 0.02 --batch 8 --steps ${FULL ? 9000 : 2000} --checkpoint-every 15 --optimizer heavy-ball --measure=`,
  },
];

const QUICK = "--batch 8 --steps 400 --every 20 --checkpoint-every 9 --measure loss,fullbs,minibs";
const NOISY =
  "--lr 0.02 --samples 40 --batch 8 --steps 150 --every 30 --checkpoint-every 7 --measure loss";
const PLATEAU = "quantity=loss after=any window=6 drift=0.5 slowing=0.9 significance=0.2";

/** Beyond them, with EOSS_LONG: optimizers, noises, samplers, schedules, interventions, backends. */
const long: readonly Kind[] = [
  ...["sgd", "nesterov", "rmsprop", "adamw", "heavy-ball momentum=0.5"].map((optimizer) => ({
    name: optimizer,
    flags: `${QUICK} --lr 0.002 --optimizer ${optimizer.replaceAll(" ", "~")}`,
  })),
  ...[
    "directional",
    "shuffled-sign",
    "diagonal",
    "block",
    "isotropic",
    "constant variance=0.01",
    "langevin temperature=0.0001",
    "label sigma=0.1",
    "sde substeps=2",
  ].map((noise) => ({ name: noise, flags: `${NOISY} --noise ${noise.replaceAll(" ", "~")}` })),
  { name: "a noise kept", flags: `${NOISY} --noise diagonal~refresh-every=7` },
  ...["independent", "with-replacement"].map((sampler) => ({
    name: sampler,
    flags: `${QUICK} --lr 0.05 --sampler ${sampler}`,
  })),
  ...[
    "lr=cosine~to=0.01~steps=400",
    "lr=warm-up~from=0~steps=100",
    "batch=steps~at=50:16,200:32",
  ].map((schedule) => ({ name: schedule, flags: `${QUICK} --lr 0.05 --schedule ${schedule}` })),
  {
    name: "interventions",
    flags: `${QUICK} --lr 0.05 --intervene at=100~lr=0.1 --intervene at=200~batch=full`,
  },
  {
    name: "interventions at plateaus",
    flags: `--lr 0.05 --batch 8 --steps 300 --every 5 --checkpoint-every 9 --measure loss --plateau ${PLATEAU.replaceAll(" ", "~")} --intervene at=plateau~lr=0.01 --intervene at=plateau~batch=40`,
  },
  { name: "a budget", flags: `${QUICK} --lr 0.05 --budget 30%` },
  {
    name: "many quantities",
    flags: `${QUICK} --lr 0.05 --measure loss,fullbs,minibs,batch-sharpness,gap`,
  },
  { name: "eigenvalues", flags: `${QUICK} --lr 0.05 --measure fullbs --top 3 --per-layer` },
  {
    name: "the full batch",
    flags: `--lr 0.05 --batch full --steps 300 --every 20 --checkpoint-every 9`,
  },
  { name: "cross-entropy", flags: `${QUICK} --lr 0.05 --loss ce --activation tanh` },
  {
    name: "no checkpoints",
    flags: "--lr 0.05 --batch 8 --steps 300 --every 20 --checkpoint-every 0",
  },
  { name: "wasm", flags: `${QUICK} --lr 0.05 --backend wasm` },
  { name: "wasm, two threads", flags: `${QUICK} --lr 0.05 --backend wasm --workers 2` },
].map((kind) => ({ kills: 40, ...kind }));

const runs = process.env.EOSS_LONG ? [...short, ...long] : FULL ? short : short.slice(0, 1);

/** The words of a command line; a tilde is a blank within one. */
const words = (line: string) => line.split(" ").map((word) => word.replaceAll("~", " "));

function eoss(...args: string[]): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], (error, _, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}

/** The lines of `metrics.jsonl` without the time that each took. */
function untimedLines(directory: string): string[] {
  if (!existsSync(join(directory, "metrics.jsonl"))) return [""];
  return readFileSync(join(directory, "metrics.jsonl"), "utf8")
    .split("\n")
    .map((line) => line.replace(/"seconds":[^,}]*,?/, ""));
}

const warnings = (stderr: string) => stderr.split("\n").filter((line) => line.includes("warning:"));

function finalTensors(directory: string): Buffer {
  const { end } = JSON.parse(readFileSync(join(directory, "run.json"), "utf8"));
  return readFileSync(join(directory, "checkpoints", `step-${end.step}.safetensors`));
}

/** Changes when a process takes the folder, also from a dead one. */
const ownership = (directory: string) =>
  statSync(join(directory, "lock"), { throwIfNoEntry: false })?.mtimeMs;

/** Starts a process, waits until it works on the run, then some milliseconds more, and kills it. */
async function killedAfter(milliseconds: number, directory: string, args: string[]) {
  const before = ownership(directory);
  const child: ChildProcess = spawn(process.execPath, [bin, ...args], { stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  // The lock comes first: on a busy machine it is alone for a while, and the folder is no run yet.
  const works = () =>
    ownership(directory) !== before &&
    ["run.json", "metrics.jsonl"].every((file) => existsSync(join(directory, file)));
  while (child.exitCode === null && !works()) await wait(2);
  await Promise.race([wait(milliseconds), ended]);
  child.kill("SIGKILL");
  await ended;
}

describe("killed at random moments, a run goes on as if nothing had happened", () => {
  for (const { name, kills, flags } of runs) {
    it.concurrent(`${name}: ${kills} times`, { timeout: 1_800_000 }, async () => {
      const title = name.replaceAll(/\W+/g, "-");
      const whole = join(root, `${title}-whole`);
      const parts = join(root, `${title}-parts`);
      const train = words(`${COMMON} ${flags}`);
      const uninterrupted = await eoss(...train, "--out", whole);
      expect(uninterrupted.code).toBe(0);

      const delays = stream(1, name);
      let linesBefore = 0;
      for (let kill = 0; kill < kills; kill++) {
        // A kill may strike before there is a run: then it is begun again.
        const isBegun = existsSync(join(parts, "run.json"));
        const args = isBegun ? ["resume", parts] : [...train, "--out", parts];
        await killedAfter(250 * delays.uniformAt(kill), parts, args);
        // Nothing is lost: what was written stays, but for a line that was cut off.
        const lines = untimedLines(parts).length - 1;
        expect(lines).toBeGreaterThanOrEqual(linesBefore);
        linesBefore = lines;
      }
      const { code, stderr } = await eoss("resume", parts);
      // Of its settings what was said at first, and nothing of damage.
      expect(warnings(stderr)).toEqual(warnings(uninterrupted.stderr));
      expect(code).toBe(0);
      expect(untimedLines(parts)).toEqual(untimedLines(whole));
      expect(finalTensors(parts).equals(finalTensors(whole))).toBe(true);
    });
  }
});

describe("a disk that fills", () => {
  it("stops the run, keeps it readable, and lets it go on", async (test) => {
    const disk = smallDisk(root, "size=200k", test);
    const flags = `${COMMON} --lr 0.1 --batch 8 --steps 3000 --every 500 --measure loss --checkpoint-every 100`;
    const whole = join(root, "disk-whole");
    expect(await eoss(...flags.split(" "), "--out", whole)).toMatchObject({ code: 0 });
    const parts = join(disk, "run");
    const full = await eoss(...flags.split(" "), "--out", parts);
    expect(full.code).toBe(1);
    expect(full.stderr).toMatch(/cannot be written \(ENOSPC\): the disk is full: free some space/);
    const report = await eoss("report", parts, "--out", join(root, "full.html"));
    expect(report).toMatchObject({ code: 0 });
    execFileSync("mount", ["-o", "remount,size=20m", disk]);
    expect(await eoss("resume", parts)).toMatchObject({ code: 0 });
    expect(untimedLines(parts)).toEqual(untimedLines(whole));
    expect(finalTensors(parts).equals(finalTensors(whole))).toBe(true);
  });

  for (const size of [64, 128]) {
    it(`of ${size} kB ends the log or the run in a sentence, and nothing is lost`, async (test) => {
      const disk = smallDisk(root, `size=${size}k`, test);
      const flags = `${COMMON} --lr 0.1 --batch 8 --steps 600 --every 100 --measure loss --checkpoint-every 0`;
      const whole = join(root, `log-whole-${size}`);
      expect(await eoss(...flags.split(" "), "--out", whole)).toMatchObject({ code: 0 });
      const out = join(disk, "run");
      const logged = await eoss(...flags.split(" "), "--log", "tensorboard", "--out", out);
      expect(logged.stderr).toMatch(/cannot be written \(ENOSPC\): the disk is full/);
      expect(logged.stderr).not.toMatch(/^ {4}at /m);
      execFileSync("mount", ["-o", "remount,size=20m", disk]);
      if (logged.code !== 0) {
        const resumed = await eoss("resume", out, "--log", "tensorboard");
        expect(resumed).toMatchObject({ code: 0 });
      }
      expect(untimedLines(out)).toEqual(untimedLines(whole));
      const later = [
        "export",
        out,
        "--to",
        "tensorboard",
        "--out",
        join(root, `log-later-${size}`),
      ];
      expect(await eoss(...later)).toMatchObject({ code: 0 });
    });
  }
});
