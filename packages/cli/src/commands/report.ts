import { join } from "node:path";
import { holdsSweep, renderSweepReport, sweepNumbers, writeFigures } from "@eoss/experiments";
import { readAncestors, readRun, writeWhole } from "@eoss/lab";
import { renderReport, summarize } from "@eoss/report";
import { ConfigError, type Run } from "@eoss/run";
import { incompleteText } from "@eoss/run/internal";
import { Command } from "commander";
import pc from "picocolors";
import { type Manual, manual } from "../ui/manual.js";
import { print, say } from "../ui/print.js";

const PAGE: Manual = {
  examples: [
    "eoss report runs/b16",
    "eoss report runs/b16 runs/b64 --out compare.html",
    "eoss report runs/b16 runs/b16-fork4000",
    "eoss report sweeps/my-sweep",
    "eoss report runs/b16 --figures figures --figure-width 3.25 --font-size 8",
  ],
  files: {
    "report.html": "in the folder of the run or sweep; for several runs in the current folder",
    "FIGURES/NAME.svg, .pdf, .png, .csv":
      "with --figures: each figure of the runs, and the numbers that it shows. PDF and PNG need optional " +
      "packages that are installed with eoss unless that was turned off",
  },
  seeAlso: ["train", "fork", "compare", "sweep"],
};

interface Flags {
  readonly out?: string;
  readonly json?: boolean;
  readonly figures?: string;
  readonly figureWidth: number;
  readonly fontSize: number;
}

/** `eoss report`: one HTML file for one run, for several, or for a sweep. */
export function reportCommand(): Command {
  return manual(new Command("report"), PAGE)
    .description(
      "Writes one self-contained HTML file. A run and its forks share axes; a fork " +
        "is drawn with its parent if that still exists. For a sweep: plateaus against b and η with " +
        "fitted power laws, and a table of all runs that can be sorted and filtered.",
    )
    .argument("<DIR...>", "run folders, or the folder of a sweep")
    .option(
      "--out <FILE>",
      "the report (default: report.html in the folder; for several runs, in the current folder)",
    )
    .option("--figures <DIR>", "also write each figure as SVG, PDF, PNG and CSV into this folder")
    .option("--figure-width <INCHES>", "how wide these are, e.g. a column of a paper", Number, 6.5)
    .option("--font-size <POINTS>", "how high their letters are", Number, 9)
    .option("--json", "print only the report's numbers as JSON on stdout")
    .action(async (directories: string[], { out, json, ...flags }: Flags) => {
      const [first = ""] = directories;
      const file = out ?? (directories.length === 1 ? join(first, "report.html") : "report.html");
      const isSweep = directories.length === 1 && holdsSweep(first);
      if (isSweep && flags.figures !== undefined) {
        throw new ConfigError(
          `--figures is for runs, and ${first} is a sweep; give the folders of its runs, e.g. ${first}/*/`,
        );
      }
      const { page, numbers, runs } = isSweep ? ofSweep(first) : ofRuns(directories, file);
      writeWhole(file, page);
      if (flags.figures !== undefined) await figuresOf(runs, flags.figures, flags);
      print(json ? JSON.stringify(numbers) : `report: ${pc.bold(file)}`);
    });
}

function ofSweep(directory: string) {
  const numbers = sweepNumbers(directory);
  return { page: renderSweepReport(numbers), numbers, runs: [] };
}

async function figuresOf(runs: readonly Run[], out: string, { figureWidth, fontSize }: Flags) {
  try {
    const { files, warnings } = await writeFigures(runs, { out, width: figureWidth, fontSize });
    for (const warning of warnings) say(warning);
    say(`${files.length} files of figures in ${out}`);
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}

function ofRuns(directories: readonly string[], file: string) {
  const runs = directories.map((directory) => readRun(directory));
  for (const run of runs) {
    if (run.truncated) say(incompleteText(run.directory));
  }
  return {
    runs,
    page: renderReport(runs, { ancestors: readAncestors(runs) }),
    numbers: runs.map((run) => summarize(run, file)),
  };
}
