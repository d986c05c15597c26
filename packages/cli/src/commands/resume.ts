import { RESUME_SETTINGS, resume } from "@eoss/lab";
import { Command } from "commander";
import { addSettings, givenSettings, pickFields } from "../settingFlags.js";
import { runSession } from "../ui/runSession.js";
import { trustOption } from "../ui/trustOption.js";

const EXAMPLES = `
Examples:
  eoss resume runs/cifar-b16                       (after Ctrl-C, a crash, a time limit)
  eoss resume runs/cifar-b16 --steps 20000         (make a completed run longer)`;

/** `eoss resume`: goes on with a run after any end. */
export function resumeCommand(): Command {
  const fields = pickFields(RESUME_SETTINGS);
  const command = new Command("resume")
    .description("go on with a run after any end, as if it had never stopped")
    .argument("<DIR>", "run folder")
    .addOption(trustOption())
    .option("--json", "print one JSON summary on stdout and nothing else there")
    .addHelpText("after", EXAMPLES);
  return addSettings(command, fields, { defaults: false }).action(
    async (directory: string, flags: Record<string, unknown>) => {
      const changes = givenSettings(fields, flags);
      await runSession(flags.json as boolean, (hooks) =>
        resume(directory, changes, { ...hooks, trusted: flags.trust as string[] | undefined }),
      );
    },
  );
}
