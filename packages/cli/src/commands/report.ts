import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, readAncestors, readRun, renderReport } from "@eoss/lab";
import { Command } from "commander";
import pc from "picocolors";
import { type Manual, manual } from "../ui/manual.js";

const PAGE: Manual = {
  examples: [
    "eoss report runs/b16",
    "eoss report runs/b16 runs/b64 --out compare.html",
    "eoss report runs/b16 runs/b16-fork4000",
  ],
  files: { "report.html": "in the folder of the run; of several runs in this folder" },
  seeAlso: ["train", "fork", "compare"],
};

/** `eoss report`: one HTML file for one run or several. */
export function reportCommand(): Command {
  return manual(new Command("report"), PAGE)
    .description(
      "Writes one self-contained HTML file. A run and its forks are drawn on the same axes; a fork " +
        "alone with its parent, if that is still there.",
    )
    .argument("<DIR...>", "run folders")
    .option("--out <FILE>", "the report (default: report.html in the folder; of several, here)")
    .action((directories: string[], flags: { out?: string }) => {
      const runs = directories.map(readRun);
      for (const run of runs) {
        if (!run.truncated) continue;
        console.error(`${run.directory}: the last line of metrics.jsonl is cut off and left out`);
      }
      const file =
        flags.out ?? (runs.length === 1 ? join(directories[0]!, "report.html") : "report.html");
      try {
        writeFileSync(file, renderReport(runs, { ancestors: readAncestors(runs) }));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === undefined) throw error;
        throw new ConfigError(`the report ${file} cannot be written (${code})`);
      }
      console.log(`report: ${pc.bold(file)}`);
    });
}
