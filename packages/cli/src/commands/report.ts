import { join } from "node:path";
import {
  type FigureSource,
  holdsSweep,
  renderSweepReport,
  runFigures,
  sweepFigures,
  sweepNumbers,
} from "@eoss/experiments";
import { readAncestors, readRun, writeWhole } from "@eoss/lab";
import { renderReport, summarize } from "@eoss/report";
import { incompleteText } from "@eoss/run/internal";
import { Command } from "commander";
import pc from "picocolors";
import {
  addFigures,
  FIGURE_FILES,
  type FigureFlags,
  writeAskedFigures,
} from "../ui/figuresOption.js";
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
    ...FIGURE_FILES,
  },
  seeAlso: ["train", "fork", "compare", "sweep"],
};

interface Flags extends FigureFlags {
  readonly out?: string;
  readonly json?: boolean;
}

/** `eoss report`: one HTML file for one run, for several, or for a sweep. */
export function reportCommand(): Command {
  const command = manual(new Command("report"), PAGE)
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
    .option("--json", "print only the report's numbers as JSON on stdout");
  return addFigures(command).action(
    async (directories: string[], { out, json, ...flags }: Flags) => {
      const [first = ""] = directories;
      const file = out ?? (directories.length === 1 ? join(first, "report.html") : "report.html");
      const isSweep = directories.length === 1 && holdsSweep(first);
      const { page, numbers, figures } = isSweep ? ofSweep(first) : ofRuns(directories, file);
      writeWhole(file, page);
      await writeAskedFigures(figures, flags);
      print(json ? JSON.stringify(numbers) : `report: ${pc.bold(file)}`);
    },
  );
}

/** A report: its page, its numbers as JSON, and its figures. */
interface Report {
  readonly page: string;
  readonly numbers: unknown;
  readonly figures: FigureSource;
}

function ofSweep(directory: string): Report {
  const numbers = sweepNumbers(directory);
  return { page: renderSweepReport(numbers), numbers, figures: sweepFigures(numbers) };
}

function ofRuns(directories: readonly string[], file: string): Report {
  const runs = directories.map((directory) => readRun(directory));
  for (const run of runs) {
    if (run.truncated) say(incompleteText(run.directory));
  }
  return {
    figures: runFigures(runs),
    page: renderReport(runs, { ancestors: readAncestors(runs) }),
    numbers: runs.map((run) => summarize(run, file)),
  };
}
