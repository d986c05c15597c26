import { type ExportFormat, exportFormats, exportRuns } from "@eoss/exchange";
import { Command, Option } from "commander";
import { type Manual, manual } from "../ui/manual.js";
import { print, say } from "../ui/print.js";

const PAGE: Manual = {
  examples: [
    "eoss export runs --to csv",
    "eoss export sweeps/my-sweep --to parquet --out my-sweep.parquet",
    "eoss export runs --to tensorboard --out logs   (a folder of events a run)",
    "eoss export runs/b16 runs/b64 --to vega        (a chart for the Vega editor)",
    "eoss export runs --to wandb && python wandb-runs/upload.py   (a W&B run each)",
  ],
  files: {
    "metrics.csv, metrics.parquet":
      "a row for each measurement: run, batch and lr of its step, threshold, step, quantity, value, " +
      "unit, error, standard_error, error_bound, error_kind, samples, products, seconds, status, " +
      "threshold_formula, small_batch_threshold, small_batch_formula",
    "tensorboard/RUN/":
      "a file of events: each quantity by its name, its error as NAME/error, what it is compared with as " +
      "NAME/threshold, as 32-bit floats. " +
      "Records keep no clock, so the axis is the step",
    "metrics.vl.json":
      "a Vega-Lite chart with its numbers: a panel a quantity, 95 % bands, thresholds dashed",
    "wandb-runs/":
      "upload.py, which needs Python and its package wandb; runs.jsonl, the settings of each run; " +
      "RUN/history.jsonl, a line a step: each quantity by its name, beside it NAME/threshold, " +
      "NAME/threshold_formula, NAME/error, " +
      "NAME/standard_error, NAME/error_bound, NAME/samples, NAME/products, NAME/seconds, NAME/status. " +
      "WANDB_MODE and WANDB_PROJECT are heeded",
  },
  seeAlso: ["table", "query", "report"],
};

interface Flags {
  readonly to: ExportFormat;
  readonly out?: string;
  readonly json?: boolean;
}

/** `eoss export`: measurements for other programs. */
export function exportCommand(): Command {
  return manual(new Command("export"), PAGE)
    .description(
      "Writes the measurements of runs for other programs. Runs are read one after another; a file " +
        "of the same name is overwritten. The settings of the runs are in: eoss table --csv.",
    )
    .argument("<DIR...>", "run folders, or folders above them")
    .addOption(
      new Option("--to <FORMAT>", "what to write").choices(exportFormats).makeOptionMandatory(),
    )
    .option(
      "--out <PATH>",
      "file, or folder of TensorBoard or W&B (default: metrics.*, tensorboard or wandb-runs, here)",
    )
    .option("--json", "print one JSON object on stdout and nothing else there")
    .action((directories: string[], { json, ...options }: Flags) => {
      const exported = exportRuns(directories, options);
      for (const warning of exported.warnings) say(warning);
      print(json ? JSON.stringify(exported) : exported.files.join("\n"));
    });
}
