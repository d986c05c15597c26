import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { stream } from "@eoss/rng";
import { afterAll, describe, expect, it } from "vitest";
import { arrayScript } from "./script.js";
import { slurmSchema } from "./settings.js";

const folder = mkdtempSync(join(tmpdir(), "eoss-script-"));
afterAll(() => rmSync(folder, { recursive: true }));

const options = {
  directory: "/shared/my sweep/50%",
  number: 3,
  tasks: 10,
  jobName: "eoss-mine",
  cwd: "/home/me",
  program: ["/usr/bin/node", "/opt/it's/eoss.js"],
};
const scriptOf = (settings: Record<string, unknown>, more = {}) =>
  arrayScript(slurmSchema.parse(settings), { ...options, ...more });
const directives = (script: string) =>
  script.split("\n").flatMap((line) => /^#SBATCH (.*)/.exec(line)?.[1] ?? []);

describe("the script of a job array", () => {
  it("asks for what the specification says, and for nothing else", () => {
    const plain = directives(scriptOf({}));
    expect(plain).toEqual([
      "--job-name=eoss-mine",
      "--array=0-9",
      '--output="/shared/my sweep/50%%/slurm/3-%a.log"',
      "--open-mode=append",
      "--chdir=/home/me",
      "--ntasks=1",
      "--cpus-per-task=1",
      "--requeue",
      "--signal=B:USR1@60",
    ]);
    const settings = {
      partition: "long",
      account: "lab",
      time: 90,
      cpus: 4,
      mem: "8G",
      tasksAtOnce: 5,
      grace: 120,
      sbatch: ["--constraint=avx2", "--mail-type=FAIL"],
    };
    const added = directives(scriptOf(settings)).filter((line) => !plain.includes(line));
    expect(added).toEqual([
      "--array=0-9%5",
      "--cpus-per-task=4",
      "--signal=B:USR1@120",
      "--partition=long",
      "--account=lab",
      "--time=90",
      "--mem=8G",
      "--constraint=avx2",
      "--mail-type=FAIL",
    ]);
  });

  it("is sound, with setup and another way to call eoss", () => {
    const script = scriptOf({
      setup: "module load nodejs\n",
      command: "apptainer exec x.sif eoss",
    });
    expect(script).toContain("\nmodule load nodejs\nexport EOSS_CORES=");
    expect(script).toContain("\napptainer exec x.sif eoss sweep task '/shared/my sweep/50%' 3 &\n");
    for (const text of [script, scriptOf({})]) {
      expect(spawnSync("bash", ["-n"], { input: text }).stderr.toString()).toBe("");
    }
    expect(scriptOf({})).toContain(`/usr/bin/node '/opt/it'\\''s/eoss.js' sweep task`);
  });
});

/** Texts that end quotes, comments and lines, and run something if they are let. */
const EVIL = [
  "\ntouch CANARY\n",
  "\r\ntouch CANARY",
  "$(touch CANARY)",
  "`touch CANARY`",
  "'; touch CANARY; '",
  '"; touch CANARY; "',
  "' touch CANARY #",
  "& touch CANARY &",
  "\\\ntouch CANARY",
  "\u2028touch CANARY",
  "\u0085touch CANARY",
  "\0touch CANARY",
  "\ud800",
  "-- <(touch CANARY) >CANARY |touch CANARY",
  "%j%%a",
  "ü 雪 !x",
  "\t",
  "\x1b]0;x\x07",
  "$HOME",
  "~",
  "*",
];

describe("values in the script", () => {
  const random = stream(7, "slurm script");
  let drawn = 0;
  const pick = (n: number) => Math.floor(random.uniformAt(drawn++) * n);
  const CASES = process.env.EOSS_LONG ? 2000 : 300;

  it("are one line each, or are refused", () => {
    const plain = scriptOf({}).split("\n").length;
    let refused = 0;
    for (let i = 0; i < CASES; i++) {
      const text = `/a/${EVIL[pick(EVIL.length)]}${pick(100)}${EVIL[pick(EVIL.length)]}`;
      const where = ["directory", "cwd", "program", "partition", "account", "mem"][pick(6)]!;
      const value = where === "program" ? ["node", text] : text;
      const isPath = ["directory", "cwd", "program"].includes(where);
      let script: string;
      try {
        script = isPath ? scriptOf({}, { [where]: value }) : scriptOf({ [where]: text });
      } catch (error) {
        expect(String(error)).toMatch(/has a control character|expected one (line|word)/);
        refused++;
        continue;
      }
      const lines = script.split("\n");
      expect(lines.length - (isPath ? 0 : 1)).toBe(plain);
      const head = lines.slice(1, lines.indexOf(""));
      expect(head.every((line) => line.startsWith("#SBATCH --"))).toBe(true);
    }
    expect(refused).toBeGreaterThan(CASES / 5);
    expect(refused).toBeLessThan(CASES);
  });

  it("reach eoss as they are, and run nothing", () => {
    const own = mkdtempSync(join(folder, "evil-"));
    const echo = join(own, "echo.sh");
    writeFileSync(echo, '#!/bin/bash\nprintf "%s\\0" "$@" > said\n');
    chmodSync(echo, 0o755);
    for (const text of EVIL.map((one) => `/a/${one}b`)) {
      let script: string;
      try {
        script = scriptOf({}, { directory: text, cwd: text, program: [echo, text] });
      } catch {
        continue;
      }
      rmSync(join(own, "said"), { force: true });
      const { stderr } = spawnSync("bash", [], { cwd: own, input: script });
      expect(stderr.toString()).toBe("");
      const said = readFileSync(join(own, "said"), "utf8").split("\0");
      expect(said).toEqual([text, "sweep", "task", text, "3", ""]);
      expect(existsSync(join(own, "CANARY"))).toBe(false);
    }
  });

  it("of the specification are lines", () => {
    for (const setting of ["partition", "account", "mem", "command"]) {
      expect(() => scriptOf({ [setting]: "a\ntouch CANARY" })).toThrow();
      expect(() => scriptOf({ [setting]: "a\x07" })).toThrow();
    }
    expect(() => scriptOf({ sbatch: ["--comment=x\ntouch CANARY"] })).toThrow(/one line/);
    expect(() => scriptOf({ setup: "module load a\0" })).toThrow(/lines of text/);
    expect(scriptOf({ setup: "a\r\n\tb\r\n" })).toContain("\na\n\tb\nexport EOSS_CORES=");
  });
});

/** Runs the script with a program in the place of eoss, sends it a signal, and sees what it does. */
async function outcome(eoss: string, signal?: NodeJS.Signals) {
  const own = mkdtempSync(join(folder, "case-"));
  const bin = join(own, "bin");
  mkdirSync(bin);
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  program("scontrol", `echo "$@" > ${own}/requeued`);
  program("eoss", eoss);
  const script = join(own, "script.sh");
  writeFileSync(script, scriptOf({ command: `${bin}/eoss` }, { directory: own }));
  const child = spawn("bash", [script], {
    env: {
      PATH: `${bin}:${process.env.PATH}`,
      OWN: own,
      SLURM_ARRAY_JOB_ID: "17",
      SLURM_ARRAY_TASK_ID: "4",
      SLURM_CPUS_PER_TASK: "2",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  if (signal) {
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await wait(50);
    child.kill(signal);
  }
  const read = (name: string) => {
    try {
      return readFileSync(join(own, name), "utf8").trim();
    } catch {
      return undefined;
    }
  };
  return { code: await ended, requeued: read("requeued"), said: read("said") };
}

/** Ends with a checkpoint, which takes a moment, as it is told to. */
const CAREFUL = `trap 'sleep 0.1; echo checkpoint > $OWN/said; exit 130' TERM
echo ready
for i in {1..200}; do sleep 0.05; done`;

describe("a task", () => {
  it("ends as eoss does", async () => {
    const done = await outcome('echo "$@ $EOSS_CORES" > $OWN/said');
    expect(done).toMatchObject({ code: 0, requeued: undefined });
    expect(done.said).toMatch(/^sweep task \S+ 3 2$/);
    expect(await outcome("exit 1")).toMatchObject({ code: 1, requeued: undefined });
  });

  it("near its time limit waits for the checkpoint, and goes back into the queue", async () => {
    expect(await outcome(CAREFUL, "SIGUSR1")).toEqual({
      code: 130,
      requeued: "requeue 17_4",
      said: "checkpoint",
    });
  });

  it("that is cancelled or preempted waits for the checkpoint, and leaves the rest to Slurm", async () => {
    expect(await outcome(CAREFUL, "SIGTERM")).toEqual({
      code: 130,
      requeued: undefined,
      said: "checkpoint",
    });
  });

  it("does not go back if eoss came to the end all the same", async () => {
    const stubborn = "trap '' TERM\necho ready\nsleep 0.3\nexit 0";
    expect(await outcome(stubborn, "SIGUSR1")).toMatchObject({ code: 0, requeued: undefined });
  });
});
