import { execFile } from "node:child_process";
import { ConfigError } from "@eoss/run";

/** A task of a job array as Slurm has it. */
export interface SlurmTask {
  /** The number of the array's job. */
  readonly job: string;
  /** The task's number in the array. */
  readonly index: number;
  /** The name of the job, where Slurm was asked for it. */
  readonly name?: string;
  /** As Slurm calls it: PENDING, RUNNING, COMPLETED, CANCELLED, TIMEOUT, NODE_FAIL ... */
  readonly state: string;
  /** Why it waits, or where it runs. */
  readonly detail: string;
}

/** Submits a script. @returns the number of the job @throws ConfigError with what sbatch says */
export async function submitScript(path: string): Promise<string> {
  const text = await slurm("sbatch", "--parsable", path);
  // On federated clusters the name of the cluster follows.
  return text.trim().split(";")[0]!;
}

/** The tasks of this user that wait or run. @throws ConfigError if Slurm does not answer */
export async function liveTasks(): Promise<SlurmTask[]> {
  const text = await slurm(
    "squeue",
    "--noheader",
    "--array",
    `--user=${process.getuid!()}`,
    "--format=%F|%K|%j|%T|%r|%N",
  );
  return parseQueue(text);
}

/** The lines of squeue, "job|index|name|state|reason|nodes"; jobs that are no arrays are left out. */
export function parseQueue(text: string): SlurmTask[] {
  return linesOf(text).flatMap((line) => {
    const [job = "", index = "", name = "", state = "", reason = "", nodes = ""] = line.split("|");
    if (!/^\d+$/.test(index)) return [];
    return [{ job, index: Number(index), name, state, detail: nodes || reason }];
  });
}

/**
 * What became of the tasks of a job: from the accounting, or where a cluster has none, from what the
 * controller still remembers, which may be nothing.
 */
export async function endedTasks(job: string): Promise<SlurmTask[]> {
  const accounted = await answerOf("sacct", [
    "--noheader",
    "--parsable2",
    "--allocations",
    `--jobs=${job}`,
    "--format=JobID,State,NodeList",
  ]);
  if (accounted) return parseAccounting(accounted);
  return parseJobs((await answerOf("scontrol", ["--oneliner", "show", "job", job])) ?? "");
}

/** The lines of sacct, "job_index|state|nodes"; the state may say by whom it was cancelled. */
export function parseAccounting(text: string): SlurmTask[] {
  return linesOf(text).flatMap((line) => {
    const [id = "", state = "", detail = ""] = line.split("|");
    const [, job, indices] = /^(\d+)_\[?([^\]]+)\]?$/.exec(id) ?? [];
    if (job === undefined) return [];
    return indicesOf(indices!).map((index) => ({
      job,
      index,
      state: state.split(" ")[0]!,
      detail,
    }));
  });
}

/** The lines of scontrol, "ArrayJobId=7 ArrayTaskId=2 JobState=FAILED ...". */
export function parseJobs(text: string): SlurmTask[] {
  return linesOf(text).flatMap((line) => {
    const value = (key: string) => new RegExp(`(?:^|\\s)${key}=(\\S*)`).exec(line)?.[1] ?? "";
    const detail = value("NodeList").replace("(null)", "");
    return indicesOf(value("ArrayTaskId")).map((index) => ({
      job: value("ArrayJobId"),
      index,
      state: value("JobState"),
      detail,
    }));
  });
}

/** Numbers of tasks; those that never began stand in one line: `2-6,9%4` with the limit on tasks at a time. */
function indicesOf(text: string): number[] {
  const parts = text.replace(/%\d+$/, "").split(",");
  return parts.flatMap((part) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (first === undefined) return [];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
  });
}

/** Cancels tasks by their names, JOB_INDEX. @throws ConfigError with what scancel says */
export async function cancelTasks(names: readonly string[]): Promise<void> {
  if (names.length > 0) await slurm("scancel", ...names);
}

async function slurm(program: string, ...args: string[]): Promise<string> {
  const { failure, stdout } = await run(program, args);
  if (failure === undefined) return stdout;
  throw new ConfigError(`${program}: ${failure}`);
}

/** Undefined if the program is not there or refuses. */
async function answerOf(program: string, args: readonly string[]): Promise<string | undefined> {
  const { failure, stdout } = await run(program, args);
  return failure === undefined ? stdout : undefined;
}

function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly failure?: string; readonly stdout: string }> {
  return new Promise((resolve) => {
    // Lists of tasks are not to be cut after 64 characters.
    const env = { ...process.env, SLURM_BITSTR_LEN: "0" };
    execFile(program, args, { env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error === null) return resolve({ stdout });
      const missing = error.code === "ENOENT";
      const advice = "not found here: run this on a login node of the cluster";
      resolve({ stdout, failure: missing ? advice : stderr.trim() || error.message });
    });
  });
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}
