import { cancelSweep } from "@eoss/experiments";
import { Command } from "commander";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";

const PAGE: Manual = {
  examples: [
    "eoss sweep cancel sweeps/my-sweep",
    "eoss sweep cancel sweeps/my-sweep --runs batch=4,seed=0",
  ],
  seeAlso: ["sweep", "sweep status"],
};

/** `eoss sweep cancel`: takes a sweep, or some of its runs, off the cluster. */
export function sweepCancelCommand(): Command {
  return manual(new Command("cancel"), PAGE)
    .summary("cancel the tasks of a sweep on a Slurm cluster")
    .description(
      "Cancels the tasks of a sweep on a Slurm cluster. Runs keep their checkpoints. To stop a " +
        "sweep on this machine, press Ctrl-C.",
    )
    .argument("<DIR>", "folder of the sweep")
    .option(
      "--runs <NAMES...>",
      "only the tasks with these runs (and all other runs of these tasks)",
    )
    .option("--json", "print only one JSON object on stdout")
    .action(async (directory: string, flags: { runs?: string[]; json?: boolean }) => {
      const tasks = await cancelSweep(directory, flags.runs);
      print(flags.json ? JSON.stringify({ directory, tasks }) : cancelText(tasks));
    });
}

function cancelText(tasks: readonly string[]): string {
  if (tasks.length === 0) return "no task is waiting or running";
  return `cancelled: ${tasks.join(", ")}`;
}
