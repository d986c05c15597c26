import { type CollectedRun, type Collection, collectSweep } from "@eoss/experiments";
import { levelText } from "@eoss/report";
import { factorText } from "@eoss/run";
import { Command } from "commander";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { table } from "../ui/table.js";

const PAGE: Manual = {
  examples: ["eoss sweep collect sweeps/my-sweep", "eoss sweep collect sweeps/my-sweep --json"],
  files: { "DIR/runs.csv, runs.json": "one row per run" },
  seeAlso: ["sweep", "sweep status", "report"],
};

/** `eoss sweep collect`: what the runs show, in one table. */
export function sweepCollectCommand(): Command {
  return manual(new Command("collect"), PAGE)
    .summary("collect the results of a sweep in one table")
    .description("Prints where each run of a sweep settled so far, and writes the table to files.")
    .argument("<DIR>", "folder of the sweep")
    .option("--json", "print only one JSON object on stdout")
    .action(async (directory: string, flags: { json?: boolean }) => {
      const collection = await collectSweep(directory);
      print(flags.json ? JSON.stringify(collection) : collectionText(collection));
    });
}

function collectionText({ runs, files, slurm }: Collection): string {
  const quantities = [...new Set(runs.flatMap(({ quantities }) => Object.keys(quantities)))];
  const withTasks = runs.some(({ task }) => task !== undefined);
  const rows = runs.map((run) => [
    run.name,
    run.end ?? run.state,
    ...(withTasks ? [run.task ?? ""] : []),
    run.step === null ? "" : String(run.step),
    ...quantities.map((name) => valueText(run, name)),
  ]);
  return [
    "Means over the last quarter of the steps since the last change; level values have a 95 % interval; a",
    "sharpness is divided by its threshold at each step",
    table(["run", "end", ...(withTasks ? ["task"] : []), "step", ...quantities], rows),
    "",
    ...(slurm === undefined ? [] : [`Slurm could not be asked: ${slurm}`]),
    ...files,
  ].join("\n");
}

function valueText({ quantities }: CollectedRun, name: string): string {
  const summary = quantities[name];
  if (summary === undefined) return "";
  const { relative, plateau, comparison } = summary;
  if (relative) return `${levelText(relative)} × ${factorText(comparison.formula!)}`;
  const none = comparison.matrix !== "none" && comparison.formula === undefined;
  return levelText(plateau) + (none ? ", no threshold" : "");
}
