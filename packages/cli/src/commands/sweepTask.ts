import { makeTask } from "@eoss/experiments";
import { ConfigError } from "@eoss/run";
import { Command } from "commander";
import { integerOption } from "../ui/integerOption.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { acceptOption } from "../ui/trustOption.js";
import { exitCodeOfSweep, madeText, withSweepProgress } from "./sweepOutput.js";

const PAGE: Manual = {
  examples: ["eoss sweep task sweeps/my-sweep 1"],
  exits: ["interrupted"],
  environment: { SLURM_ARRAY_TASK_ID: "number of the task" },
  seeAlso: ["sweep", "sweep status"],
};

interface Flags {
  readonly acceptChanges?: boolean;
}

/** `eoss sweep task`: what a task of a job array calls. */
export function sweepTaskCommand(): Command {
  return manual(new Command("task"), PAGE)
    .summary("make the runs of one task of a job array")
    .description("Makes the runs of a task; the script of a job array calls it.")
    .argument("<DIR>", "folder of the sweep")
    .argument("<N>", "number of the submission", integerOption)
    .addOption(acceptOption())
    .action(async (directory: string, number: number, { acceptChanges }: Flags) => {
      const made = await withSweepProgress((hooks) =>
        makeTask(directory, number, taskIndex(), {
          acceptChanges,
          signal: terminationSignal(),
          ...hooks,
        }),
      );
      print(madeText(made));
      process.exitCode = exitCodeOfSweep(made);
    });
}

function taskIndex(): number {
  const text = process.env.SLURM_ARRAY_TASK_ID;
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  throw new ConfigError(
    "SLURM_ARRAY_TASK_ID is not set: this command is for tasks of a Slurm job array",
  );
}

/** The script and Slurm itself may both send SIGTERM: more of them change nothing. */
function terminationSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"])
    process.on(signal, () => controller.abort());
  return controller.signal;
}
