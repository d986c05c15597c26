import { dirname } from "node:path";
import { makeFolder, writing } from "@eoss/lab";
import { checkTypedOptions, needed, type OptionDomains, oneOf, text } from "@eoss/rng/internal";
import { findRuns } from "../runs/findRuns.js";
import { writeCsv } from "./csv.js";
import { type ExportedRun, runsAt } from "./exportedRun.js";
import { writeParquet } from "./parquet.js";
import { runNames } from "./runNames.js";
import { writeTensorBoard } from "./tensorboard/tensorboard.js";
import { writeVega } from "./vega.js";
import { writeWandb } from "./wandb/wandb.js";

type Write = (
  runs: Iterable<ExportedRun>,
  out: string,
  names: ReadonlyMap<string, string>,
) => string[];

/** What runs can be written as, and where to if nothing is said. */
const FORMATS = {
  csv: { out: "metrics.csv", write: writeCsv },
  parquet: { out: "metrics.parquet", write: writeParquet },
  tensorboard: { out: "tensorboard", write: writeTensorBoard },
  vega: { out: "metrics.vl.json", write: writeVega },
  // Not "wandb": that is where W&B keeps its own files.
  wandb: { out: "wandb-runs", write: writeWandb },
} satisfies Readonly<Record<string, { out: string; write: Write }>>;

export type ExportFormat = keyof typeof FORMATS;
export const exportFormats = Object.keys(FORMATS) as ExportFormat[];

export interface ExportOptions {
  readonly to: ExportFormat;
  /** File, or of TensorBoard and W&B the folder; default: one of the format's name in the current folder. */
  readonly out?: string;
}

const OPTIONS: OptionDomains<ExportOptions> = {
  ...{ to: needed(oneOf(...exportFormats)), out: text },
};

export interface Exported {
  readonly files: readonly string[];
  readonly runs: number;
  /** Records that were left out, because a line was cut off. */
  readonly warnings: readonly string[];
}

/**
 * Writes the measurements of the runs in and below some folders for other programs. Runs are read one
 * after another; what is there under the name is overwritten.
 *
 * @throws RunFolderError if there is no run, or one is damaged
 * @throws RunWriteError if something cannot be written
 */
export function exportRuns(directories: readonly string[], options: ExportOptions): Exported {
  checkTypedOptions("exportRuns", options, OPTIONS);
  const { out: usual, write } = FORMATS[options.to] as { out: string; write: Write };
  const out = options.out ?? usual;
  const runs = findRuns(directories);
  const warnings = new Set<string>();
  const files = writing(out, () => {
    makeFolder(dirname(out));
    return write(runsAt(runs, warnings), out, runNames(runs));
  });
  return { files, runs: runs.length, warnings: [...warnings] };
}
