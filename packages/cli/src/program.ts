import { version } from "@eoss/lab";
import { Command } from "commander";
import { compareCommand } from "./commands/compare.js";
import { dataCommand } from "./commands/data.js";
import { demoCommand } from "./commands/demo.js";
import { doctorCommand } from "./commands/doctor.js";
import { forkCommand } from "./commands/fork.js";
import { measureCommand } from "./commands/measure.js";
import { quantitiesCommand } from "./commands/quantities.js";
import { reportCommand } from "./commands/report.js";
import { reproduceCommand } from "./commands/reproduce.js";
import { resumeCommand } from "./commands/resume.js";
import { staticCommand } from "./commands/static.js";
import { sweepCommand } from "./commands/sweep.js";
import { trainCommand } from "./commands/train.js";
import { verifyCommand } from "./commands/verify.js";
import { watchCommand } from "./commands/watch.js";

const AFTER = `
Exit codes: 0 done, 1 failed, 2 wrong flag, setting or file, 3 the run diverged, 130 interrupted.
Colours follow NO_COLOR and FORCE_COLOR. Progress goes to stderr, results to stdout.

Examples:
  eoss demo
  eoss train --data digits --lr 0.2 --batch 16 --steps 4000 --width 128,128
  eoss report runs/demo/b16 runs/demo/b64`;

/** The command line. Parsing errors are thrown, not exited on. */
export function program(): Command {
  const root = new Command("eoss")
    .description("measures the curvature SGD feels: mini-batch sharpness against 2/η")
    .version(version)
    // What stands behind a command is the command's, as are the options of its subcommands.
    .enablePositionalOptions()
    .addHelpText("after", AFTER);
  const commands = [
    demoCommand(),
    trainCommand(),
    resumeCommand(),
    forkCommand(),
    measureCommand(),
    staticCommand(),
    watchCommand(),
    reportCommand(),
    compareCommand(),
    sweepCommand(),
    reproduceCommand(),
    quantitiesCommand(),
    verifyCommand(),
    doctorCommand(),
    dataCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  for (const command of [root, ...commands]) command.exitOverride();
  return root;
}
