import type { JobCount } from "@eoss/lab";
import { type Command, Option } from "commander";
import { integerOption } from "./integerOption.js";

/** The flags that `addJobs` gives a command: `--jobs`, or the old name, never both. */
export type JobFlags = Pick<JobCount, "jobs" | "workers">;

/**
 * `--jobs`: how many processes make runs at the same time. `--workers`, which in `train` counts the
 * threads of one run, was its name and still works.
 *
 * @param description what is counted, and the default
 */
export function addJobs(command: Command, description: string): Command {
  const named = new Option("--jobs <N>", description).argParser(integerOption);
  const old = new Option("--workers <N>", "old name of --jobs").argParser(integerOption);
  return command.addOption(named).addOption(old.hideHelp().conflicts("jobs"));
}
