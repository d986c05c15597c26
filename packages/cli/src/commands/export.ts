import { type ExportFormat, exportFormats, exportRuns } from "@eoss/exchange";
import { Command, Option } from "commander";
import { type Manual, manual } from "../ui/manual.js";
import { print, say } from "../ui/print.js";

const PAGE: Manual = {
  examples: [
    "eoss export runs --to csv",
    "eoss export sweeps/my-sweep --to parquet --out my-sweep.parquet",
    "eoss export runs --to tensorboard --out logs   (one folder of events per run)",
    "eoss export runs/b16 runs/b64 --to vega        (a chart for the Vega editor)",
    "eoss export runs --to wandb && python wandb-runs/upload.py   (a W&B run each)",
  ],
  files: {
    "metrics.csv, metrics.parquet":
      "one row per measurement: run, batch and lr of its step, threshold, step, quantity, value, " +
      "unit, error, standard_error, error_bound, error_kind, samples, products, seconds, status, " +
      "threshold_formula, small_batch_threshold, small_batch_formula",
    "metrics.parts.csv, metrics.parts.parquet":
      "the further numbers of measurements, if there are any, one a row: top eigenvalues, layers, points " +
      "of a spectral density. Columns: run, batch, lr, step, quantity, part, place (in a list), " +
      "at_lambda (of a density: the λ that the value belongs to), value, error, standard_error, error_bound",
    "tensorboard/RUN/":
      "a file of events: each quantity by its name, its error as NAME/error, its threshold as " +
      "NAME/threshold, further numbers as NAME/PART or NAME/PART/1 …, as 32-bit floats; a spectral " +
      "density as a histogram of the eigenvalues. " +
      "Records keep no clock, so the axis is the step",
    "metrics.vl.json":
      "a Vega-Lite chart with its data: one panel per quantity, 95 % bands, dashed thresholds",
    "wandb-runs/":
      "upload.py, which needs Python and its package wandb; runs.jsonl, the settings of each run; " +
      "RUN/history.jsonl, one line per step: each quantity by its name, beside it NAME/threshold, " +
      "NAME/threshold_formula, NAME/error, " +
      "NAME/standard_error, NAME/error_bound, NAME/samples, NAME/products, NAME/seconds, NAME/status, " +
      "further numbers as NAME/PART or NAME/PART/1 …, a spectral density as NAME/histogram. " +
      "It respects WANDB_MODE and WANDB_PROJECT",
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
      "Writes the measurements of runs for other programs. A file of the same name is overwritten. " +
        "For the settings of the runs use: eoss table --csv.",
    )
    .argument("<DIR...>", "run folders, or folders above them")
    .addOption(
      new Option("--to <FORMAT>", "format to write").choices(exportFormats).makeOptionMandatory(),
    )
    .option(
      "--out <PATH>",
      "output file, or output folder for TensorBoard and W&B (default: metrics.*, tensorboard or wandb-runs in the current folder)",
    )
    .option("--json", "print only one JSON object on stdout")
    .action((directories: string[], { json, ...options }: Flags) => {
      const exported = exportRuns(directories, options);
      for (const warning of exported.warnings) say(warning);
      print(json ? JSON.stringify(exported) : exported.files.join("\n"));
    });
}
