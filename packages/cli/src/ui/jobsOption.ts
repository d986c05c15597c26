import { type Command, Option } from "commander";
import { integerOption } from "./integerOption.js";

/** What `addJobs` gives a command, under whichever name it was set. */
export interface JobFlags {
  readonly jobs?: number;
}

/**
 * `--jobs`: how many processes make runs at the same time. `--workers`, which in `train` counts the
 * threads of one run, was its name and still works.
 *
 * @param description what is counted, and the default
 */
export function addJobs(command: Command, description: string): Command {
  const named = new Option("--jobs <N>", description).argParser(integerOption);
  const old = new Option("--workers <N>", "old name of --jobs").argParser(integerOption);
  return command
    .addOption(named)
    .addOption(old.hideHelp().conflicts("jobs"))
    .hook("preAction", () => {
      const { workers } = command.opts();
      if (workers !== undefined) command.setOptionValue("jobs", workers);
    });
}
