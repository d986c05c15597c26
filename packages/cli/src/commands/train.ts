import { basename } from "node:path";
import { dataSourceOf } from "@eoss/data";
import { train } from "@eoss/lab";
import { shownModule } from "@eoss/lab/internal";
import { type TrainConfig, trainFields } from "@eoss/run";
import { Command } from "commander";
import { addSettings, settingsOf } from "../settingFlags.js";
import { freeDirectory } from "../ui/freeDirectory.js";
import { logFiles, logOption } from "../ui/logOption.js";
import { type Manual, manual } from "../ui/manual.js";
import { addPluginHelp, pluginHelp } from "../ui/pluginHelp.js";
import { print } from "../ui/print.js";
import { runSession } from "../ui/runSession.js";

const PAGE: Manual = {
  examples: [
    "eoss train --data digits --samples 1536 --width 128,128 --lr 0.2 \\",
    "           --batch 16 --steps 4000",
    "eoss train --data cifar10 --data-dir ~/cifar10 --samples 8192 --lr 0.01 \\",
    "           --batch 16 --steps 10000 --every 500 --out runs/cifar-b16",
    "eoss train --data digits --lr 0.2 --batch 16 --steps 8000 \\",
    '           --intervene "at=4000 lr=0.1"',
    "eoss train --data digits --lr 0.02 --batch full --steps 4000 \\",
    '           --optimizer "heavy-ball momentum=0.9"',
    "eoss train --config my-run.yaml --batch 64     (a flag overrides the file)",
  ],
  exits: ["diverged", "interrupted"],
  files: {
    "DIR/run.json": "settings, versions, seeds, and how the run ended",
    "DIR/metrics.jsonl": "one measurement per line",
    "DIR/checkpoints/": "used to resume, fork and measure the run",
    "DIR/report.html": "figures and tables in one file",
    ...logFiles(),
  },
  seeAlso: ["resume", "fork", "measure", "report", "quantities"],
};

/** `eoss train`: one run into a folder. Its flags are the table of settings in @eoss/lab. */
export function trainCommand(): Command {
  const command = manual(new Command("train"), PAGE)
    .description(
      "Trains a network in a new run folder and measures the quantities of --measure every K steps. " +
        "--data, --lr, --batch and --steps are required, as flags or in the file of --config. On " +
        "Ctrl-C the run ends cleanly and can be resumed.",
    )
    .option("--config <FILE>", "settings from a JSON or YAML file, under the names of these flags")
    .option("--out <DIR>", "folder of the run (default: a new one under runs/)")
    .addOption(logOption())
    .option("--json", "print only one JSON summary on stdout");
  addPluginHelp(command);
  return addSettings(command, trainFields).action(async (flags: Record<string, unknown>) => {
    const help = await pluginHelp(flags);
    if (help !== undefined) {
      print(help);
      return;
    }
    const config = settingsOf(trainFields, flags);
    const out = (flags.out as string | undefined) ?? freeDirectory(defaultDirectory(config));
    await runSession(out, flags, (hooks) => train(config, { out, ...hooks }));
  });
}

function defaultDirectory({ data, model, batch, lr, seed }: TrainConfig): string {
  const word = (text: string) => text.replace(/[^\w]+/g, "-").replace(/^-|-$/g, "");
  const source = dataSourceOf(data) === "built-in" ? data : word(basename(data));
  return `runs/${source}-${word(shownModule(model))}-b${batch}-lr${lr}-seed${seed}`;
}
