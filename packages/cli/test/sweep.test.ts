import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

// The built program with real processes, one of which is really killed.

const bin = fileURLToPath(new URL("../bin/eoss.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "eoss-sweep-"));
afterAll(() => rmSync(root, { recursive: true }));

function eoss(...args: string[]) {
  const options = { cwd: root, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } } as const;
  return spawnSync(process.execPath, [bin, ...args], options);
}

const BASE =
  "base: { data: digits, samples: 100, width: [8], lr: 0.1, batch: 10, measure: [loss], every: 100, backend: cpu }";

it("goes on after Ctrl-C and after the death of a process, and collects every run once", async () => {
  writeFileSync(join(root, "none.js"), "export default undefined;\n");
  const spec = `${BASE}\ngrid: { seed: [0, 1, 2], steps: [1500] }\nlist: { good: {}, bad: { model: ./none.js } }\n`;
  writeFileSync(join(root, "three.yaml"), spec);
  const plan = eoss("sweep", "three.yaml", "--dry-run", "--jobs", "2");
  expect(plan.stdout).toContain("6 of 6 runs to make, 2 at a time");
  const old = eoss("sweep", "three.yaml", "--dry-run", "--workers", "2");
  expect(old.stdout, "the old name").toBe(plan.stdout);
  expect(eoss("sweep", "three.yaml", "--jobs", "2", "--workers", "2").status).toBe(2);
  expect(eoss("sweep", "--help").stdout).not.toContain("--workers");
  expect(existsSync(join(root, "sweeps"))).toBe(false);

  const owner = (name: string): number | undefined => {
    const lock = join(root, "sweeps/three/runs", name, "lock");
    return existsSync(lock) ? JSON.parse(readFileSync(lock, "utf8") || "{}").pid : undefined;
  };
  const child: ChildProcess = spawn(process.execPath, [bin, "sweep", "three.yaml", "--jobs", "2"], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  while (owner("good-seed0-steps1500") === undefined) await wait(10);
  process.kill(owner("good-seed0-steps1500")!, "SIGKILL");
  while (!said.includes("good-seed0-steps1500 failed")) await wait(10);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(said).toMatch(
    /good-seed0-steps1500 failed: the process of the run was killed \(SIGKILL\)/,
  );

  const status = JSON.parse(eoss("sweep", "status", "sweeps/three", "--json").stdout);
  expect(status.counts.running).toBeUndefined();
  const again = eoss("sweep", "three.yaml", "--jobs", "2", "--json");
  expect(again.status).toBe(1);
  const { over, failures } = JSON.parse(again.stdout);
  expect(over).toHaveLength(3);
  expect(Object.keys(failures)).toHaveLength(3);
  expect(failures["bad-seed1-steps1500"].message).toContain("none.js");
  const collected = JSON.parse(eoss("sweep", "collect", "sweeps/three", "--json").stdout);
  expect(collected.runs.map(({ end }: { end: string }) => end)).toEqual([
    ...Array(3).fill("completed"),
    ...Array(3).fill(null),
  ]);
});

it("names file, line and key of a mistake, and what a flag takes", () => {
  writeFileSync(join(root, "bad.yaml"), `${BASE}\ngrid: { batch: [8, many], steps: [9] }\n`);
  const bad = eoss("sweep", "bad.yaml");
  expect(bad.status).toBe(2);
  expect(bad.stderr).toMatch(/^eoss: bad\.yaml:2: grid\.batch .* "many"; allowed/);
  const shard = eoss("sweep", "three.yaml", "--shard", "5/3");
  expect(shard.stderr).toContain('--shard is "5/3"; allowed: i/k');
  const task = eoss("sweep", "task", "sweeps/three", "1");
  expect(task.stderr).toContain("SLURM_ARRAY_TASK_ID is not set");
  expect([shard.status, task.status]).toEqual([2, 2]);
});

it("logs each run into its folder while it is made", () => {
  writeFileSync(join(root, "logged.yaml"), `${BASE}\ngrid: { seed: [0, 1], steps: [200] }\n`);
  const log = ["--log", "tensorboard"];
  const made = eoss("sweep", "logged.yaml", "--jobs", "2", ...log);
  expect(made.status).toBe(0);
  const runs = ["seed0-steps200", "seed1-steps200"].map((name) =>
    join(root, "sweeps/logged/runs", name),
  );
  const events = runs.map((run) => readdirSync(run).filter((file) => /tfevents/.test(file)));
  expect(events).toEqual([[expect.any(String)], [expect.any(String)]]);
  for (const [i, run] of runs.entries()) {
    const content = readFileSync(join(run, events[i]![0]!), "latin1");
    // Each as the name of a number of its own: its length in front.
    expect(content.match(/\n\tstep-loss/g)).toHaveLength(200);
  }
  const refused = eoss("sweep", "logged.yaml", "--executor", "slurm", ...log);
  expect(refused.stderr).toContain("--log works with --executor local only");
});
