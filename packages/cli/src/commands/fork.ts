import { FORK_SETTINGS, type ForkChanges, fork } from "@eoss/lab";
import { Command } from "commander";
import { addSettings, givenSettings, pickFields } from "../settingFlags.js";
import { freeDirectory } from "../ui/freeDirectory.js";
import { integerOption } from "../ui/integerOption.js";
import { logFiles, logOption } from "../ui/logOption.js";
import { type Manual, manual } from "../ui/manual.js";
import { runSession } from "../ui/runSession.js";
import { acceptOption, trustOption } from "../ui/trustOption.js";

const PAGE: Manual = {
  examples: [
    "eoss fork runs/b16 --at 4000 --lr 0.005",
    "eoss fork runs/b16 --at 4000 --batch 64 --steps 12000 --out runs/b16-then-64",
    "eoss report runs/b16 runs/b16-then-64",
  ],
  exits: ["diverged", "interrupted"],
  files: { "PARENT-forkSTEP/": "the fork (default of --out)", ...logFiles() },
  seeAlso: ["train", "resume", "report"],
};

/** `eoss fork`: a twin of a run that goes its own way from a step on. */
export function forkCommand(): Command {
  const changed = pickFields(["lr", "batch", "optimizer", "order-seed"]);
  const settings = pickFields(FORK_SETTINGS);
  const command = manual(new Command("fork"), PAGE)
    .description(
      "Starts a copy of a run with settings that change at a step. The result is the run that the " +
        'parent would have been with --intervene "at=STEP ...", bit for bit.',
    )
    .argument("<DIR>", "folder of the parent")
    .requiredOption("--at <STEP>", "first step with the changed settings", integerOption)
    .option("--out <DIR>", "folder of the fork (default: a new one beside the parent)")
    .addOption(trustOption())
    .addOption(acceptOption())
    .addOption(logOption())
    .option("--json", "print only one JSON summary on stdout");
  addSettings(command, { ...changed, ...settings }, { defaults: false });
  return command.action(async (parent: string, flags: Record<string, unknown>) => {
    const at = flags.at as number;
    const out = (flags.out as string) ?? freeDirectory(`${parent.replace(/\/+$/, "")}-fork${at}`);
    const changes: ForkChanges = {
      ...givenSettings(changed, flags),
      settings: givenSettings(settings, flags),
    };
    await runSession(out, flags, (hooks) =>
      fork(parent, changes, {
        at,
        out,
        trusted: flags.trust as string[] | undefined,
        acceptChanges: flags.acceptChanges as boolean | undefined,
        ...hooks,
      }),
    );
  });
}
