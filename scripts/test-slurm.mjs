// `npm run test:slurm`: a sweep on a real Slurm cluster on this machine, to which bad things happen: a
// node dies, a task is cancelled, a time limit is hit. In the end every run is there, as often as it was
// asked for, record for record as a sweep without a cluster makes it.
// Needs a build, munge and slurm-wlm; without the latter two it says so and skips. Where slurmdbd and
// MariaDB are there, the ends of tasks are read from the accounts, and else from the controller.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { root } from "./workspace.mjs";

const SHORT_RUNS = 19;
/** What a step takes at least, in ms: a network that sleeps takes as long on every machine. */
const STEP = 20;
const SHORT_STEPS = 130;
/** 48 s: Slurm warns of the end of a task after at most 40. */
const LONG_STEPS = 2400;
const PATIENCE = 240_000; // ms

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const missing = ["munged", "slurmctld", "slurmd", "sbatch"].filter(
  (program) => spawnSync("which", [program], { env: { PATH } }).status !== 0,
);
if (missing.length > 0) {
  console.log(
    `no Slurm here (${missing.join(", ")} not found): the cluster test is skipped; on Debian: ` +
      "apt-get install --no-install-recommends munge slurm-wlm",
  );
  process.exit(0);
}

const bin = join(root, "packages/cli/bin/eoss.js");
const folder = mkdtempSync(join(tmpdir(), "eoss-slurm-"));
// munge wants its socket to be within reach of all.
chmodSync(folder, 0o755);
const cluster = join(folder, "cluster");
const env = { ...process.env, PATH, SLURM_CONF: join(cluster, "slurm.conf"), NO_COLOR: "1" };
const control = (...args) =>
  execFileSync(join(root, "scripts/slurm-cluster.sh"), args, { stdio: "inherit" });

function eoss(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`eoss ${args.join(" ")} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

const began = performance.now();
function say(text) {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`);
}

function check(what, condition, found = condition) {
  if (!condition) throw new Error(`${what}; found ${JSON.stringify(found)}`);
  say(`ok: ${what}`);
}

/** Asks until the answer is true. */
async function until(what, ask) {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const answer = ask();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`it did not come to this: ${what}`);
    await wait(500);
  }
}

writeFileSync(
  join(folder, "slow.mjs"),
  `import { models } from ${JSON.stringify(join(root, "packages/models/dist/index.js"))};
const clock = new Int32Array(new SharedArrayBuffer(4));
function build(...task) {
  const model = models.linear.build(...task);
  const apply = (params, x) => {
    Atomics.wait(clock, 0, 0, ${STEP});
    return model.apply(params, x);
  };
  return { ...model, apply };
}
export default { ...models.linear, name: "slow", build };
`,
);
const base = {
  data: "digits",
  samples: 64,
  model: "./slow.mjs",
  lr: 0.001,
  batch: 8,
  steps: SHORT_STEPS,
  measure: ["fullbs", "loss"],
  every: 60,
  "checkpoint-every": 20,
};
const short = Object.fromEntries(
  Array.from({ length: SHORT_RUNS }, (_, i) => [`short${i}`, { seed: i }]),
);

/** A task has a minute, and is warned at least 20 s before its end. */
function specification(file, list) {
  const slurm = { partition: "main", time: 1, grace: 20, runsPerTask: 2 };
  writeFileSync(join(folder, file), JSON.stringify({ base, list, slurm }));
}

const manifestText = (sweep, name) =>
  readFileSync(join(folder, sweep, "runs", name, "run.json"), "utf8");
const manifestOf = (sweep, name) => JSON.parse(manifestText(sweep, name));

/** The records without their times, and the parameters at the end. */
function resultOf(sweep, name) {
  const run = join(folder, sweep, "runs", name);
  const lines = readFileSync(join(run, "metrics.jsonl"), "utf8").replace(/"seconds":[^,}]*,?/g, "");
  const { step } = manifestOf(sweep, name).end;
  return { lines, tensors: readFileSync(join(run, `checkpoints/step-${step}.safetensors`)) };
}

/** A run, one that is wanted, that a task is making, and the node that it is on. */
function underWay(wanted) {
  const runs = join(folder, "sweep/runs");
  for (const name of existsSync(runs) ? readdirSync(runs) : []) {
    try {
      const { pid } = JSON.parse(readFileSync(join(runs, name, "lock"), "utf8"));
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      const node = environment.find((line) => line.startsWith("SLURMD_NODENAME="))?.split("=")[1];
      if (node !== undefined && wanted({ name, node })) return { name, node };
    } catch {
      // No lock, or its process has just ended.
    }
  }
  return undefined;
}

const squeue = (...args) =>
  execFileSync("squeue", ["--noheader", "--array", ...args], { env, encoding: "utf8" }).trim();

const keepsAccounts = () => readFileSync(env.SLURM_CONF, "utf8").includes("slurmdbd");

/** How tasks of the first job ended, a task that ran again more than once. */
function accountedEnds() {
  const words = ["--noheader", "--parsable2", "--allocations", "--duplicates", "--jobs=1"];
  const text = execFileSync("sacct", [...words, "--format=State"], { env, encoding: "utf8" });
  // "CANCELLED by 1000"
  const ends = text
    .trim()
    .split("\n")
    .map((state) => state.split(" ")[0]);
  return Object.fromEntries(
    [...new Set(ends)].map((state) => [state, ends.filter((one) => one === state).length]),
  );
}

let alone;

function cleanUp(failed) {
  alone?.kill();
  if (existsSync(env.SLURM_CONF)) control("stop", cluster);
  if (failed) console.log(`everything is left in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}

try {
  specification("short.json", short);
  eoss("sweep", "short.json", "--out", "alone", "--jobs", "6", "--json");
  say(`${SHORT_RUNS} short runs were made without a cluster; a long one goes on`);
  specification("sweep.json", { ...short, long: { steps: LONG_STEPS } });
  alone = spawn(process.execPath, [bin, "sweep", "sweep.json", "--out", "alone", "--json"], {
    cwd: folder,
    stdio: "ignore",
  });
  const aloneEnded = new Promise((resolve) => alone.on("exit", resolve));

  control("start", cluster, "3");
  say(
    keepsAccounts()
      ? "the cluster has come up, and keeps accounts"
      : "the cluster has come up, without accounts: slurmdbd or MariaDB is not here, sacct is not tested",
  );
  const submit = () =>
    eoss("sweep", "sweep.json", "--out", "sweep", "--executor", "slurm", "--json");
  const status = () => eoss("sweep", "status", "sweep", "--json").runs;
  const first = submit();
  check("20 runs are submitted in 10 tasks", first.runs === 20 && first.tasks === 10, first);
  const again = submit();
  check("what is submitted is not submitted again", again.runs === 0 && again.live === 20, again);

  const { tasks } = JSON.parse(readFileSync(join(folder, "sweep/slurm/1.json"), "utf8"));
  const firstOfTask = tasks.slice(1).map(([name]) => name);
  const long = await until("the long run is under way", () =>
    underWay(({ name }) => name === "long"),
  );
  const victim = await until("a short run is under way", () =>
    underWay(({ node }) => node !== long.node),
  );
  control("kill", cluster, victim.node);
  say(`${victim.node} died, with ${victim.name}`);

  const unwanted = await until("another task has just begun its first run", () =>
    underWay(({ name, node }) => node !== victim.node && firstOfTask.includes(name)),
  );
  const cancelled = eoss("sweep", "cancel", "sweep", "--runs", unwanted.name, "--json").tasks;
  check(`one task is cancelled, that of ${unwanted.name}`, cancelled.length === 1, cancelled);

  await until("all tasks have ended", () => squeue() === "");
  say("all tasks have ended");
  const notDone = () => status().filter(({ state }) => state !== "done");
  const isCancelled = ({ task = "" }) => task.startsWith(`${cancelled[0]} CANCELLED`);
  // Accounts may come a moment later.
  const left = await until("what is left is told to be of the cancelled task", () => {
    const runs = notDone();
    return runs.length > 0 && runs.every(isCancelled) && runs;
  });
  say(`ok: only runs of the cancelled task are left: ${left.map(({ name }) => name).join(", ")}`);
  const incomplete = eoss("sweep", "collect", "sweep", "--json").runs;
  check(
    "what is collected says so too",
    left.every(({ name }) => isCancelled(incomplete.find((run) => run.name === name))),
    incomplete.map(({ task }) => task),
  );
  if (keepsAccounts()) {
    const ends = await until("the accounts have the ends of all tasks", () => {
      const ends = accountedEnds();
      return (ends.RUNNING ?? 0) + (ends.PENDING ?? 0) === 0 && ends;
    });
    check(
      `the accounts: ${Object.entries(ends)
        .map(([state, count]) => `${count} ${state}`)
        .join(", ")}`,
      ends.COMPLETED === 9 && ends.CANCELLED === 1 && ends.NODE_FAIL > 0 && ends.REQUEUED > 0,
      ends,
    );
  }
  const { resumes = [] } = manifestOf("sweep", "long");
  check("the long run went on after its time limit", resumes.length > 0, resumes);
  const log = readFileSync(join(folder, "sweep/slurm/1-0.log"), "utf8");
  check("its task put itself back into the queue", log.includes("the time limit is near:"), log);
  const more = manifestOf("sweep", victim.name).resumes ?? [];
  check("the run of the dead node went on elsewhere", more.length > 0, more);

  const done = status()
    .filter(({ state }) => state === "done")
    .map(({ name }) => ({ name, text: manifestText("sweep", name) }));
  const second = submit();
  check("the same command submits what is left", second.runs === left.length, second);
  await until("all tasks have ended", () => squeue() === "");
  await aloneEnded;

  const { runs } = eoss("sweep", "collect", "sweep", "--json");
  check("20 runs are collected", runs.length === 20, runs.length);
  check(
    "each came to its end",
    runs.every(({ end }) => end === "completed"),
  );
  const differing = runs.filter(({ name }) => {
    const [one, other] = ["sweep", "alone"].map((sweep) => resultOf(sweep, name));
    return one.lines !== other.lines || !one.tensors.equals(other.tensors);
  });
  check("each has the records and parameters of a run alone", differing.length === 0, differing);
  const touched = done.filter(({ name, text }) => manifestText("sweep", name) !== text);
  check("what was over was not touched again", touched.length === 0, touched);
  say("nothing was lost or done twice");
  cleanUp(false);
} catch (error) {
  console.error(error.message);
  cleanUp(true);
  process.exitCode = 1;
}
