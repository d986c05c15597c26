/** Writes the batch script of a Slurm job array. */

import { ConfigError } from "@eoss/run";
import type { SlurmSettings } from "./settings.js";

export interface ScriptOptions {
  /** Absolute path of the sweep's folder. */
  readonly directory: string;
  /** The number of the submission. */
  readonly number: number;
  readonly tasks: number;
  readonly acceptChanges?: boolean;
  readonly jobName: string;
  /** The folder that paths in the specification are relative to. */
  readonly cwd: string;
  /** The words that call eoss here. */
  readonly program: readonly string[];
}

/**
 * The script of a job array, of which each task makes its share of the runs.
 *
 * Shortly before the time limit Slurm signals the script (SIGUSR1): eoss writes checkpoints and ends,
 * and the task is put back into the queue. Slurm itself does so after preemption or the loss of a node.
 * SIGTERM means that the task was cancelled or preempted: checkpoints, but Slurm decides what is next.
 *
 * @throws ConfigError if a path has a control character: a line feed in one would begin a line of its own
 */
export function arrayScript(settings: SlurmSettings, options: ScriptOptions): string {
  const { partition, account, time, cpus, mem, tasksAtOnce, grace, sbatch, setup } = settings;
  const { directory, number, tasks, jobName, cwd, program, acceptChanges } = options;
  const flags = acceptChanges ? " --accept-changes" : "";
  for (const path of [directory, cwd, ...program]) checkPath(path);
  const throttle = tasksAtOnce === undefined ? "" : `%${tasksAtOnce}`;
  const directives = [
    `--job-name=${jobName}`,
    `--array=0-${tasks - 1}${throttle}`,
    // sbatch puts numbers where it finds a single %.
    `--output=${word(`${directory.replaceAll("%", "%%")}/slurm/${number}-%a.log`)}`,
    "--open-mode=append",
    `--chdir=${word(cwd)}`,
    "--ntasks=1",
    `--cpus-per-task=${cpus}`,
    "--requeue",
    `--signal=B:USR1@${grace}`,
    ...(partition === undefined ? [] : [`--partition=${word(partition)}`]),
    ...(account === undefined ? [] : [`--account=${word(account)}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    ...(mem === undefined ? [] : [`--mem=${word(mem)}`]),
    ...sbatch,
  ];
  const command = settings.command ?? program.map(quoted).join(" ");
  return `#!/bin/bash
${directives.map((directive) => `#SBATCH ${directive}`).join("\n")}

${setup.trimEnd()}
export EOSS_CORES="\${SLURM_CPUS_PER_TASK:-1}"

requeue=no
stop() { kill -TERM "$eoss"; }
trap 'requeue=yes; stop' USR1 # the time limit is near
trap stop TERM # cancelled or preempted: Slurm knows what is next

${command} sweep task ${quoted(directory)} ${number}${flags} &
eoss=$!
# A signal ends the waiting, not what is waited for.
while wait "$eoss"; code=$?; kill -0 "$eoss" 2>/dev/null; do :; done

# 130: runs were left with a checkpoint.
if [ "$requeue" = yes ] && [ "$code" -ge 128 ]; then
  echo "the time limit is near: the task is requeued"
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
`;
}

function checkPath(path: string): void {
  if (isLine(path)) return;
  throw new ConfigError(
    `${JSON.stringify(path)} has a control character, which a cluster script cannot contain: rename it`,
  );
}

/** Whether a text is one line of a script: well-formed, and without control characters. */
export function isLine(text: string): boolean {
  return !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text);
}

/** A word of a shell. */
function quoted(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A word of a directive. */
function word(text: string): string {
  return /^[\w./:=@%+,~-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}
