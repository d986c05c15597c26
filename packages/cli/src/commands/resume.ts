import { RESUME_SETTINGS, resume } from "@eoss/lab";
import { Command } from "commander";
import { addSettings, givenSettings, pickFields } from "../settingFlags.js";
import { logFiles, logOption } from "../ui/logOption.js";
import { type Manual, manual } from "../ui/manual.js";
import { runSession } from "../ui/runSession.js";
import { acceptOption, trustOption } from "../ui/trustOption.js";

const PAGE: Manual = {
  examples: [
    "eoss resume runs/cifar-b16                (after Ctrl-C or a crash)",
    "eoss resume runs/cifar-b16 --steps 20000  (extend a completed run)",
  ],
  exits: ["diverged", "interrupted"],
  files: {
    "DIR/checkpoints/": "where it resumes: at the newest complete one",
    ...logFiles(),
  },
  seeAlso: ["train", "fork", "watch"],
};

/** `eoss resume`: goes on with a run after any end. */
export function resumeCommand(): Command {
  const fields = pickFields(RESUME_SETTINGS);
  const command = manual(new Command("resume"), PAGE)
    .description(
      "Resumes a run from its newest checkpoint, as if it had never stopped: on the same backend " +
        "its numbers are those of a run without an interruption, bit for bit.",
    )
    .argument("<DIR>", "run folder")
    .addOption(trustOption())
    .addOption(acceptOption())
    .addOption(logOption())
    .option("--json", "print only one JSON summary on stdout");
  return addSettings(command, fields, { defaults: false }).action(
    async (directory: string, flags: Record<string, unknown>) => {
      const changes = givenSettings(fields, flags);
      await runSession(directory, flags, (hooks) =>
        resume(directory, changes, {
          ...hooks,
          trusted: flags.trust as string[] | undefined,
          acceptChanges: flags.acceptChanges as boolean | undefined,
        }),
      );
    },
  );
}
