import { ConfigError, makeTask } from "@eoss/lab";
import { Command } from "commander";
import { integerOption } from "../ui/integerOption.js";
import { exitCodeOfSweep, madeText, withSweepProgress } from "./sweepOutput.js";

/** `eoss sweep task`: what a task of a job array calls. */
export function sweepTaskCommand(): Command {
  return new Command("task")
    .description("make the runs of a task; the script of a job array calls it")
    .argument("<DIR>", "folder of the sweep")
    .argument("<N>", "number of the submission", integerOption)
    .action(async (directory: string, number: number) => {
      const made = await withSweepProgress((hooks) =>
        makeTask(directory, number, taskIndex(), { signal: terminationSignal(), ...hooks }),
      );
      console.log(madeText(made));
      process.exitCode = exitCodeOfSweep(made);
    });
}

function taskIndex(): number {
  const text = process.env.SLURM_ARRAY_TASK_ID;
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  throw new ConfigError("SLURM_ARRAY_TASK_ID is not set: this is for tasks of a Slurm job array");
}

/** The script and Slurm itself may both send SIGTERM: more of them change nothing. */
function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => controller.abort());
  return controller.signal;
}
