import {
  duration,
  type RunSummary,
  short,
  type TrainConfig,
  train,
  trainFields,
  withError,
} from "@eoss/lab";
import { Command } from "commander";
import pc from "picocolors";
import { exitCodeOf } from "../exit.js";
import { addSettings, settingsOf } from "../settingFlags.js";
import { freeDirectory } from "../ui/freeDirectory.js";
import { interruptSignal } from "../ui/interrupt.js";
import { LiveLine } from "../ui/liveLine.js";
import { modelHelp } from "../ui/modelHelp.js";
import { progressText } from "../ui/progress.js";
import { table } from "../ui/table.js";

const EXAMPLES = `
Examples:
  eoss train --data digits --samples 1536 --width 128,128 --lr 0.2 --batch 16 --steps 4000
  eoss train --data cifar10 --data-dir ~/cifar10 --samples 8192 --model mlp --lr 0.01 --batch 16 \\
             --steps 10000 --every 500 --out runs/cifar-b16
  eoss train --config my-run.yaml --batch 64      (a flag overrides the file)`;

/** `eoss train`: one run into a folder. Its flags are the table of settings in @eoss/lab. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a network with SGD and measure its curvature on the way")
    .option("--config <FILE>", "settings from a JSON or YAML file, under the names of these flags")
    .option("--out <DIR>", "folder of the run (default: a new one under runs/)")
    .option("--json", "print one JSON summary on stdout and nothing else there")
    .option("--help-model <NAME>", "describe the options of a network and stop")
    .addHelpText("after", EXAMPLES);
  return addSettings(command, trainFields).action(async (flags: Record<string, unknown>) => {
    if (typeof flags.helpModel === "string") {
      console.log(await modelHelp(flags.helpModel));
      return;
    }
    const config = settingsOf(trainFields, flags);
    const out = (flags.out as string | undefined) ?? freeDirectory(defaultDirectory(config));
    const line = new LiveLine();
    const summary = await train(config, {
      out,
      signal: interruptSignal(),
      onProgress: (progress) =>
        line.show((columns) => progressText(progress, columns), progress.fresh),
    }).finally(() => line.clear());
    console.log(flags.json ? JSON.stringify(summary) : describe(summary));
    process.exitCode = exitCodeOf(summary.end?.reason);
  });
}

function defaultDirectory({ data, model, batch, lr, seed }: TrainConfig): string {
  const name = model.replace(/[^\w]+/g, "-").replace(/^-|-$/g, "");
  return `runs/${data}-${name}-b${batch}-lr${lr}-seed${seed}`;
}

function describe({ end, seconds, quantities, report, stabilityThreshold }: RunSummary): string {
  const rows = Object.entries(quantities).map(([name, { plateau, relative }]) => [
    name,
    withError(plateau.mean, plateau.margin),
    relative ? withError(relative.mean, relative.margin) : "",
    plateau.status,
  ]);
  return [
    `${end?.reason}: ${end?.message} (${duration(seconds)})`,
    "",
    `Means over the last quarter of the steps, with 95 % intervals; 2/η = ${short(stabilityThreshold)}`,
    table(["quantity", "value", "in units of 2/η", "trend"], rows),
    "",
    `report: ${pc.bold(report)}`,
  ].join("\n");
}
