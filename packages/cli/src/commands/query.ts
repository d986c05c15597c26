import { type StreamedAnswer, streamQuery } from "@eoss/exchange";
import { csvLine } from "@eoss/report";
import { Command } from "commander";
import { type Manual, manual } from "../ui/manual.js";
import { printPart, say } from "../ui/print.js";
import { TableWriter } from "../ui/table.js";

const PAGE: Manual = {
  examples: [
    'eoss query "SELECT name, batch, lr, last_step FROM runs ORDER BY lr" runs',
    `eoss query "SELECT run, max_by(value, step) AS last FROM metrics \\
        WHERE quantity = 'fullbs' GROUP BY run" runs --json`,
    `eoss query "SELECT batch, lr, avg(minibs * lr / 2) AS level \\
        FROM steps JOIN runs USING (run) WHERE step > 3000 \\
        GROUP BY ALL ORDER BY ALL" sweeps/my-sweep --csv`,
    'eoss query "DESCRIBE runs" runs         (lists the columns)',
  ],
  files: { "DIR/**/run.json, metrics.jsonl": "files read" },
  seeAlso: ["report", "sweep", "quantities"],
};

interface Flags {
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** `eoss query`: SQL over run folders. */
export function queryCommand(): Command {
  return manual(new Command("query"), PAGE)
    .description(
      "Queries the records of runs in SQL. There are three tables. runs: one row per run, with " +
        "its folder (run), name, state, last_step, batch, lr, seed and all other settings, n and " +
        "parameters. metrics: one row per measurement, with run, step, quantity, value, threshold (at " +
        "its step), threshold_formula, small_batch_threshold and " +
        "small_batch_formula (if small batches are reported to settle elsewhere), error (half the " +
        "width of a 95 % interval), standard_error, error_bound, error_kind, " +
        "samples, products, seconds, status, batches and parts. parts: one row per further number of a measurement (top " +
        "eigenvalues, layers, points of a density), with run, step, quantity, part, place, at_lambda, value, " +
        "error. steps: one row per step, with run, step, " +
        "and for each quantity a column and one for its error: minibs, minibs_error, " +
        "batch_sharpness, ...\n\n" +
        "DuckDB reads the records itself; it can read nothing else and writes nothing. An incomplete " +
        "last line is left out. DuckDB is large and not part of eoss; install it beside eoss with: " +
        "npm install @duckdb/node-api (with --global if eoss is global).",
    )
    .argument("<SQL>", "a SELECT statement over runs, metrics, parts and steps")
    .argument("<DIR...>", "run folders, or folders above them")
    .option("--json", "print the rows as one JSON array of objects")
    .option("--csv", "print the rows as comma-separated values")
    .action(async (sql: string, directories: string[], flags: Flags) => {
      const textOf = flags.json ? jsonOf : flags.csv ? csvOf : tableOf;
      const warnings = await streamQuery(sql, directories, async (answer) => {
        for await (const text of textOf(answer)) await printPart(text);
      });
      for (const warning of warnings) say(warning);
    });
}

// The text of an answer, in pieces: the whole of it may be larger than memory.

async function* jsonOf({ columns, pieces }: StreamedAnswer) {
  let before = "[";
  for await (const rows of pieces) {
    const objects = rows.map((row) =>
      JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, row[i]]))),
    );
    if (objects.length > 0) yield before + objects.join(",");
    before = ",";
  }
  yield before === "[" ? "[]\n" : "]\n";
}

async function* csvOf({ columns, pieces }: StreamedAnswer) {
  yield csvLine(columns);
  for await (const rows of pieces) yield rows.map((row) => csvLine(row.map(flat))).join("");
}

async function* tableOf({ columns, types, pieces }: StreamedAnswer) {
  const align = types.map((type) => (/INT|DOUBLE|FLOAT|DECIMAL/.test(type) ? "right" : "left"));
  const writer = new TableWriter(columns, align);
  let count = 0;
  for await (const rows of pieces) {
    count += rows.length;
    yield writer.add(rows.map((row) => row.map(cellText)));
  }
  yield `${writer.end()}${count} ${count === 1 ? "row" : "rows"}\n`;
}

/** Longer cells are cut, and numbers have six digits: all there is stands in --json and --csv. */
const WIDEST = 60;

function cellText(value: unknown): string {
  if (value === null) return "";
  if (typeof value === "number" && !Number.isInteger(value)) return String(+value.toPrecision(6));
  const text = String(flat(value));
  return text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text;
}

function flat(value: unknown): unknown {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}
