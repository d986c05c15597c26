import { flatRows, type RowQuantity, type RunRow, type RunTable, runTable } from "@eoss/exchange";
import { weakestKind } from "@eoss/lab/internal";
import { csv, markdownTable, meanText } from "@eoss/report";
import { settingText } from "@eoss/report/internal";
import { errorTexts, factorText, short, withError } from "@eoss/run";
import { Command } from "commander";
import { type Manual, manual } from "../ui/manual.js";
import { print, say } from "../ui/print.js";
import { table } from "../ui/table.js";

const PAGE: Manual = {
  examples: [
    "eoss table runs",
    "eoss table sweeps/my-sweep --csv > runs.csv",
    "eoss table runs/b16 runs/b64 --markdown",
  ],
  files: { "DIR/**/run.json, metrics.jsonl": "files read" },
  seeAlso: ["query", "report", "sweep collect"],
};

interface Flags {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly markdown?: boolean;
}

/** `eoss table`: what runs show, one row a run. */
export function tableCommand(): Command {
  return manual(new Command("table"), PAGE)
    .description(
      "Prints one row per run: the settings in which the runs differ, how it ended, where each sharpness " +
        "settled (the mean over the last quarter of the steps since the last change, divided by its " +
        "threshold at each step), and the last value of every other quantity, each with half the width " +
        "of a 95 % interval. A star marks means that are not level. --json and --csv give the mean and " +
        "the last value of every quantity.",
    )
    .argument("<DIR...>", "run folders, or folders above them")
    .option("--json", "print only one JSON object on stdout")
    .option("--csv", "print comma-separated values, one column per number")
    .option("--markdown", "print the table in Markdown")
    .action((directories: string[], flags: Flags) => {
      const result = runTable(directories);
      for (const warning of result.warnings) say(warning);
      if (flags.json) print(JSON.stringify(result));
      else if (flags.csv) print(csv(flatRows(result)));
      else if (flags.markdown) print(markdownTable(...cellsOf(result)));
      else print([table(...cellsOf(result)), ...errorLines(result)].join("\n"));
    });
}

/** What the numerical errors behind a column say at the least, in all runs. */
function errorLines({ quantities, rows }: RunTable): string[] {
  return errorTexts(
    quantities.map((name) => ({
      name,
      errorKind: weakestKind(...rows.map((row) => row.quantities[name]?.errorKind)),
    })),
  );
}

function cellsOf({ settings, quantities, rows }: RunTable): [string[], string[][]] {
  const columns = quantities.map((name) => columnOf(name, rows));
  const header = ["run", ...settings, "state", "step", ...columns.map(({ title }) => title)];
  const cells = rows.map((row) => [
    row.run,
    ...settings.map((name) => {
      const value = row.settings[name];
      return value === null ? "" : settingText(value);
    }),
    row.state,
    row.step === null ? "" : String(row.step),
    ...columns.map(({ name, textOf }) => {
      const quantity = row.quantities[name];
      return quantity === undefined ? "" : textOf(quantity, row);
    }),
  ]);
  return [header, cells];
}

/**
 * A sharpness where it settled, in units of the threshold if any of the runs has one, "minibs in 2/η"; else
 * the last value. Where the runs have several thresholds, each cell says its own.
 */
function columnOf(name: string, rows: readonly RunRow[]) {
  if (rows.every(({ quantities }) => quantities[name]?.unit !== "sharpness")) {
    const textOf = ({ last }: RowQuantity) => withError(last.value ?? Number.NaN, last.error ?? 0);
    return { name, title: `${name}, last`, textOf };
  }
  const found = rows.flatMap(({ quantities }) => quantities[name] ?? []);
  const formulas = new Set(
    found.flatMap(({ relative, comparison }) => (relative ? factorText(comparison.formula!) : [])),
  );
  const compares = formulas.size > 0;
  const textOf = ({ plateau, relative, comparison }: RowQuantity, { state }: RunRow) => {
    const level = compares ? relative : plateau;
    if (level === undefined) return `${short(plateau.mean)}, no threshold`;
    const mark = level.status === "level" && state !== "diverged" ? "" : " *";
    const unit = formulas.size > 1 ? ` × ${factorText(comparison.formula!)}` : "";
    return `${meanText(level)}${unit}${mark}`;
  };
  const unit = formulas.size > 1 ? " / threshold" : ` in ${[...formulas][0]}`;
  return { name, title: compares ? name + unit : `${name}, no threshold`, textOf };
}
