import { createRequire } from "node:module";
import { Command } from "commander";
import { commands } from "./commands.js";
import { manual } from "./ui/manual.js";
import { keepStdout } from "./ui/print.js";
import { refuseRepeats } from "./ui/repeatable.js";

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

/**
 * The command line. Parsing errors are thrown, not exited on.
 *
 * @param loaded names of the commands that are loaded; the others are lines of the list, so that
 *   `eoss --version` need not wait for a tensor library
 */
export async function program(loaded: readonly string[]): Promise<Command> {
  let done = () => {};
  const root = manual(new Command("eoss"), {
    examples: [
      "eoss demo",
      "eoss train --data digits --lr 0.2 --batch 16 --steps 4000 --width 128,128",
      "eoss report runs/demo/b16 runs/demo/b64",
    ],
    exits: ["diverged", "interrupted"],
    files: {
      "runs/NAME/": "a run: run.json, metrics.jsonl, checkpoints/, report.html",
      "sweeps/NAME/": "a sweep: its specification, and its runs in runs/",
    },
    environment: {
      "NO_COLOR, FORCE_COLOR": "no colours; colours even when the output is not a terminal",
    },
    seeAlso: ["train", "report", "doctor"],
  })
    .summary("measure the curvature that SGD feels")
    .description(
      "Trains a network and measures during training how sharp its loss is: the loss of all samples " +
        "(FullBS) and that of each batch (MiniBS), against 2/η. Results go to stdout, progress to stderr.",
    )
    .version(version)
    // What stands behind a command is the command's, as are the options of its subcommands.
    .enablePositionalOptions()
    .exitOverride()
    // Help is printed before, and needs no tensor library.
    .hook("preAction", async () => {
      keepStdout();
      const { watchEnd } = await import("./ui/earlyEnd.js");
      done = watchEnd();
    })
    .hook("postAction", () => done());
  for (const { name, summary, load } of commands) {
    const command = loaded.includes(name) ? await load() : new Command(name);
    refuseRepeats(command);
    root.addCommand(command.summary(summary).exitOverride());
  }
  return root;
}
