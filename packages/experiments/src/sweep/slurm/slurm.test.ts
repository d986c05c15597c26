import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { collectSweep } from "../collect.js";
import { makeSweep } from "../makeSweep.js";
import { sweepStatus } from "../status.js";
import { newSweep, sweepIn } from "../sweepFiles.fixture.js";
import { cancelSweep } from "./cancel.js";
import { parseAccounting, parseJobs, parseQueue } from "./commands.js";
import { readSubmissions, writeSubmission } from "./submissions.js";
import { submitSweep } from "./submit.js";
import { makeTask } from "./task.js";

describe("what Slurm 22.05 prints", () => {
  it("of its queue", () => {
    const text = `1|0|eoss-a|RUNNING|None|node1
1|1|eoss-a|PENDING|BeginTime|
1|12|eoss-a|COMPLETING|NodeDown|node2
3|N/A|other|RUNNING|None|node3
`;
    expect(parseQueue(text)).toEqual([
      { job: "1", index: 0, name: "eoss-a", state: "RUNNING", detail: "node1" },
      { job: "1", index: 1, name: "eoss-a", state: "PENDING", detail: "BeginTime" },
      { job: "1", index: 12, name: "eoss-a", state: "COMPLETING", detail: "node2" },
    ]);
  });

  it("of tasks that have ended", () => {
    const accounting =
      "12_0|COMPLETED|node1\n12_[3-4,7%2]|CANCELLED by 1000|None assigned\n12|FAILED|x\n";
    expect(parseAccounting(accounting)).toEqual([
      { job: "12", index: 0, state: "COMPLETED", detail: "node1" },
      ...[3, 4, 7].map((index) => ({
        job: "12",
        index,
        state: "CANCELLED",
        detail: "None assigned",
      })),
    ]);
    const jobs = `JobId=1 ArrayJobId=1 ArrayTaskId=2 JobName=j.sh JobState=TIMEOUT NodeList=node3 BatchHost=node3
JobId=3 ArrayJobId=1 ArrayTaskId=3-4%2 ArrayTaskThrottle=2 JobName=j.sh JobState=CANCELLED NodeList=(null)
JobId=4 JobName=other JobState=RUNNING NodeList=node1
`;
    expect(parseJobs(jobs)).toEqual([
      { job: "1", index: 2, state: "TIMEOUT", detail: "node3" },
      { job: "1", index: 3, state: "CANCELLED", detail: "" },
      { job: "1", index: 4, state: "CANCELLED", detail: "" },
    ]);
  });
});

afterEach(() => vi.unstubAllEnvs());

/** Programs that stand for Slurm's: `squeue` prints a file, `sbatch` counts and numbers its jobs. */
function fakeSlurm(folder: string) {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  /** A job of the name x has the one that it was submitted under. */
  const queue = (lines: readonly string[]) => {
    const submissions = readdirSync(folder).flatMap((name) => readSubmissions(join(folder, name)));
    const names = new Map(submissions.map(({ job, jobName }) => [job, jobName]));
    const named = lines.map((line) => line.replace("|x|", `|${names.get(line.split("|")[0]!)}|`));
    writeFileSync(join(bin, "queue"), named.map((line) => `${line}\n`).join(""));
  };
  program("squeue", `cat ${bin}/queue`);
  program("sbatch", `echo "\${@: -1}" >> ${bin}/submitted; wc -l < ${bin}/submitted`);
  program("scancel", `echo "$@" >> ${bin}/cancelled`);
  program("sacct", 'echo "Slurm accounting storage is disabled" >&2; exit 1');
  program("scontrol", `cat ${bin}/ended`);
  writeFileSync(join(bin, "ended"), "");
  queue([]);
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  return { program, queue, bin, read: (name: string) => readFileSync(join(bin, name), "utf8") };
}

const SPEC = {
  grid: { seed: [0, 1, 2, 3, 4] },
  slurm: { runsPerTask: 2, partition: "main" },
};
const program = ["node", "eoss.js"];
const folderOf = ({ directory }: { directory: string }) => dirname(directory);

describe("a sweep on a cluster", () => {
  it("deals all runs out to tasks, once, and writes down what it submits", async () => {
    const sweep = newSweep(SPEC);
    const slurm = fakeSlurm(folderOf(sweep));
    const submitted = await submitSweep(sweep, { program });
    expect(submitted).toMatchObject({ job: "1", tasks: 3, runs: 5, live: 0, over: 0 });
    const { job, tasks } = readSubmissions(sweep.directory)[0]!;
    expect(job).toBe("1");
    expect(tasks.flat().toSorted()).toEqual(sweep.runs.map(({ name }) => name));
    const script = slurm.read("submitted").trim();
    expect(readFileSync(script, "utf8")).toContain("#SBATCH --partition=main\n");
    expect(readFileSync(script, "utf8")).toContain("#SBATCH --array=0-2\n");
  });

  it("submits nothing twice, and again what its tasks left", async () => {
    const sweep = newSweep(SPEC);
    const slurm = fakeSlurm(folderOf(sweep));
    await submitSweep(sweep, { program });
    slurm.queue(["1|0|x|PENDING|None|", "1|1|x|RUNNING|None|n1", "1|2|x|PENDING|None|"]);
    expect(await submitSweep(sweep, { program })).toMatchObject({ job: null, live: 5 });
    slurm.queue(["1|1|x|RUNNING|None|n1"]);
    await makeTask(sweep.directory, 1, 0, { jobs: 1, separate: false });
    const again = await submitSweep(sweep, { program });
    expect(again).toMatchObject({ job: "2", runs: 1, tasks: 1, live: 2, over: 2 });
    const [first, second] = readSubmissions(sweep.directory);
    expect(second!.tasks).toEqual([first!.tasks[2]]);
  });

  it("is not submitted again while the queue does not answer", async () => {
    const sweep = newSweep(SPEC);
    const slurm = fakeSlurm(folderOf(sweep));
    await submitSweep(sweep, { program });
    slurm.program("squeue", "echo 'Unable to contact slurm controller' >&2; exit 1");
    await expect(submitSweep(sweep, { program })).rejects.toThrow(
      "squeue: Unable to contact slurm controller",
    );
    expect(await sweepStatus(sweep.directory)).toMatchObject({
      slurm: "squeue: Unable to contact slurm controller",
      counts: { waiting: 5 },
    });
    vi.stubEnv("PATH", "/nowhere");
    await expect(submitSweep(sweep, { program })).rejects.toThrow(
      /squeue: not found here: .*login/,
    );
  });

  it("knows a job whose number could not be written down by its name", async () => {
    const sweep = newSweep(SPEC);
    const slurm = fakeSlurm(folderOf(sweep));
    await submitSweep(sweep, { program });
    const [submission] = readSubmissions(sweep.directory);
    writeSubmission(sweep.directory, { ...submission!, job: null });
    slurm.queue([0, 1, 2].map((i) => `77|${i}|${submission!.jobName}|PENDING|None|`));
    expect(await submitSweep(sweep, { program })).toMatchObject({ job: null, live: 5 });
    expect(readSubmissions(sweep.directory)[0]!.job).toBe("77");
  });

  it("explains what sbatch refuses", async () => {
    const sweep = newSweep(SPEC);
    fakeSlurm(folderOf(sweep)).program(
      "sbatch",
      "echo 'sbatch: error: no such partition' >&2; exit 1",
    );
    await expect(submitSweep(sweep, { program })).rejects.toThrow(
      /^sbatch: sbatch: error: no such partition \(the script is .*slurm\/1\.sh; an array of 3 tasks/,
    );
  });

  it("tells where runs stand from queue and folders", async () => {
    const sweep = newSweep(SPEC);
    const slurm = fakeSlurm(folderOf(sweep));
    await submitSweep(sweep, { program });
    await makeTask(sweep.directory, 1, 0, { jobs: 1, separate: false });
    slurm.queue(["1|1|x|PENDING|Resources|"]);
    writeFileSync(
      join(slurm.bin, "ended"),
      "JobId=9 ArrayJobId=1 ArrayTaskId=2 JobState=NODE_FAIL NodeList=node7\n",
    );
    const { runs, counts } = await sweepStatus(sweep.directory);
    expect(counts).toEqual({ done: 2, queued: 2, waiting: 1 });
    expect(runs.flatMap(({ task }) => task ?? []).toSorted()).toEqual([
      "1_1 PENDING Resources",
      "1_1 PENDING Resources",
      "1_2 NODE_FAIL node7",
    ]);
  });

  it("is not asked for what is over", async () => {
    const sweep = newSweep({ grid: { seed: [0] } });
    fakeSlurm(folderOf(sweep));
    await submitSweep(sweep, { program });
    await makeTask(sweep.directory, 1, 0, { jobs: 1, separate: false });
    vi.stubEnv("PATH", "/nowhere");
    expect(await sweepStatus(sweep.directory)).not.toHaveProperty("slurm");
  });

  it("is collected with what became of its tasks, from the accounts where there are any", async () => {
    const sweep = newSweep(SPEC);
    const slurm = fakeSlurm(folderOf(sweep));
    await submitSweep(sweep, { program });
    await makeTask(sweep.directory, 1, 0, { jobs: 1, separate: false });
    slurm.queue(["1|1|x|PENDING|Resources|"]);
    slurm.program("sacct", "echo '1_[2]|CANCELLED by 0|None assigned'");
    const { runs, files } = await collectSweep(sweep.directory);
    const found = runs.map(({ state, task, end }) => [state, task, end]);
    expect(found.toSorted()).toEqual([
      ["done", undefined, "completed"],
      ["done", undefined, "completed"],
      ["queued", "1_1 PENDING Resources", null],
      ["queued", "1_1 PENDING Resources", null],
      ["waiting", "1_2 CANCELLED", null],
    ]);
    expect(readFileSync(files[0]!, "utf8")).toMatch(/^name,seed,state,step,end,task,/);
  });

  it("leaves a job alone that only has a number that the folder names", async () => {
    const sweep = newSweep(SPEC);
    const slurm = fakeSlurm(folderOf(sweep));
    await submitSweep(sweep, { program });
    slurm.queue(["1|0|of-another-project|RUNNING|None|n1"]);
    expect(await cancelSweep(sweep.directory)).toEqual([]);
    expect(readdirSync(slurm.bin)).not.toContain("cancelled");
  });

  it("cancels its own tasks, or those of some runs", async () => {
    const sweep = newSweep(SPEC);
    const slurm = fakeSlurm(folderOf(sweep));
    await submitSweep(sweep, { program });
    slurm.queue(["1|0|x|PENDING|None|", "1|1|x|RUNNING|None|n1", "8|0|y|RUNNING|None|n1"]);
    const { tasks } = readSubmissions(sweep.directory)[0]!;
    expect(await cancelSweep(sweep.directory, [tasks[1]![0]!])).toEqual(["1_1"]);
    expect((await cancelSweep(sweep.directory)).toSorted()).toEqual(["1_0", "1_1"]);
    expect(slurm.read("cancelled").split("\n")[0]).toBe("1_1");
    await expect(cancelSweep(sweep.directory, [tasks[2]![0]!])).rejects.toThrow(
      /is in no task that is waiting or running; runs in such tasks: seed/,
    );
  });

  it("leaves out of a task what the specification no longer has", async () => {
    const sweep = newSweep(SPEC);
    fakeSlurm(folderOf(sweep));
    await submitSweep(sweep, { program });
    const { tasks } = readSubmissions(sweep.directory)[0]!;
    const [kept] = tasks[0]!;
    sweepIn(folderOf(sweep), { grid: { seed: [Number(kept!.slice(4))] } });
    const made = await makeTask(sweep.directory, 1, 0, { jobs: 1, separate: false });
    expect(made.made).toEqual([kept]);
    expect(() => makeTask(sweep.directory, 1, 3, {})).toThrow(/submission 1 of .* has no task 3/);
    expect((await makeSweep(sweep, { jobs: 1, separate: false })).made).toHaveLength(4);
  });
});
