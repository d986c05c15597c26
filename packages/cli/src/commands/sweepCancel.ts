import { cancelSweep } from "@eoss/lab";
import { Command } from "commander";

/** `eoss sweep cancel`: takes a sweep, or some of its runs, off the cluster. */
export function sweepCancelCommand(): Command {
  return new Command("cancel")
    .description("cancel the tasks of a sweep on a Slurm cluster; runs keep their checkpoints")
    .argument("<DIR>", "folder of the sweep")
    .option(
      "--runs <NAMES...>",
      "only the tasks that have these runs, with all that these tasks make",
    )
    .option("--json", "print one JSON object on stdout and nothing else there")
    .addHelpText("after", "\nA sweep that runs here is ended with Ctrl-C.")
    .action(async (directory: string, flags: { runs?: string[]; json?: boolean }) => {
      const tasks = await cancelSweep(directory, flags.runs);
      console.log(flags.json ? JSON.stringify({ directory, tasks }) : cancelText(tasks));
    });
}

function cancelText(tasks: readonly string[]): string {
  if (tasks.length === 0) return "no task waits or runs";
  return `cancelled: ${tasks.join(", ")}`;
}
