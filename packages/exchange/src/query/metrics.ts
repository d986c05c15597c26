import { join } from "node:path";
import { STEP_LOSS } from "@eoss/run";
import type { RunDescription } from "../runs/describeRun.js";
import type { Connection } from "./duckdb.js";
import { errorSql } from "./errorSql.js";
import { PARTS_VIEW } from "./partsView.js";
import { columnName, identifier, literal, literals } from "./sql.js";
import { JOIN_THRESHOLDS } from "./thresholdsTable.js";

const FILE = "metrics.jsonl";

/** The fields of a record, as DuckDB reads them. */
const FIELDS = {
  step: "BIGINT",
  quantity: "VARCHAR",
  value: "DOUBLE",
  unit: "VARCHAR",
  matrix: "VARCHAR",
  over: "VARCHAR",
  standardError: "DOUBLE",
  margin: "DOUBLE",
  errorBound: "DOUBLE",
  errorKind: "VARCHAR",
  samples: "BIGINT",
  products: "DOUBLE",
  seconds: "DOUBLE",
  status: "VARCHAR",
  batches: "DOUBLE[]",
  parts: "JSON",
};

/** Columns of the view `metrics`. */
const COLUMNS = `m.run, m.step, quantity, value, unit, threshold, threshold_formula, small_batch_threshold,
  small_batch_formula,
  ${errorSql()} AS error,
  standardError AS standard_error, errorBound AS error_bound, errorKind AS error_kind,
  samples, products, seconds, status, batches, parts`;

/** The records of a run. DuckDB names a line's file as it was named to it. */
export function metricsFile(run: string): string {
  return join(run, FILE);
}

/** DuckDB takes a path for a pattern: what means something in one stands in brackets. */
function pattern(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}

/**
 * Makes `metrics`, one row a record, `parts`, one row for each further number of a record, and `steps`, one
 * row a step with a column for each quantity.
 * DuckDB reads the files; nothing of them passes through JavaScript.
 *
 * @param kind of `metrics`: a table holds the records, a view reads them only when it is asked
 */
export async function makeMetrics(
  connection: Connection,
  runs: readonly RunDescription[],
  kind: "TABLE" | "VIEW",
): Promise<void> {
  const measured = runs.filter((run) => run.measured);
  // In a whole file a damaged line is an error; in one that is being written the last may be cut.
  const sources = [
    linesOf(measured.filter(({ open }) => !open)),
    linesOf(measured.filter(({ open }) => open)),
  ];
  const [whole, open] = sources;
  await connection.run(
    `CREATE ${kind} metrics AS
     SELECT ${COLUMNS} FROM (
       SELECT filename[:-${FILE.length + 2}] AS run, * FROM (
         SELECT * FROM ${whole} UNION ALL SELECT * FROM ${open} WHERE quantity IS NOT NULL)) m
     ${JOIN_THRESHOLDS}`,
  );
  await connection.run(PARTS_VIEW);
  await connection.run(stepsView(quantitiesOf(runs)));
}

/** The steps at which something was measured in a run, the losses of single steps left out. */
export async function measuredSteps(
  connection: Connection,
  run: RunDescription,
): Promise<readonly number[]> {
  if (!run.measured) return [];
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT step::INTEGER FROM ${linesOf([run])} WHERE quantity <> ${literal(STEP_LOSS)}`,
  );
  return (reader.getRowsJS() as [number][]).map(([step]) => step);
}

/** How many lines of the runs that are being written cannot be read, by run. */
export async function unreadable(
  connection: Connection,
  runs: readonly RunDescription[],
): Promise<ReadonlyMap<string, number>> {
  const open = runs.filter((run) => run.measured && run.open);
  if (open.length === 0) return new Map();
  const reader = await connection.runAndReadAll(
    `SELECT filename[:-${FILE.length + 2}], count(*)::INTEGER
     FROM ${linesOf(open)} WHERE quantity IS NULL GROUP BY 1 ORDER BY 1`,
  );
  return new Map(reader.getRowsJS() as [string, number][]);
}

/** A table function over the records of some runs; over none, a table without rows. */
function linesOf(runs: readonly RunDescription[]): string {
  if (runs.length === 0) {
    const nothing = Object.entries({ ...FIELDS, filename: "VARCHAR" }).map(
      ([name, type]) => `NULL::${type} AS "${name}"`,
    );
    return `(SELECT ${nothing.join(", ")} WHERE false)`;
  }
  const files = runs.map(({ run }) => pattern(metricsFile(run)));
  const fields = Object.entries(FIELDS).map(([name, type]) => `"${name}": ${literal(type)}`);
  const ignore = runs.some(({ open }) => open);
  return (
    `read_ndjson(${literals(files)}, columns = {${fields.join(", ")}}, filename = true, ` +
    `ignore_errors = ${ignore})`
  );
}

/** A column for each quantity that the settings of a run name, and one for its error. */
function stepsView(quantities: readonly string[]): string {
  const columns = quantities.flatMap((quantity) => {
    const filter = `FILTER (quantity = ${literal(quantity)})`;
    const name = columnName(quantity);
    return [
      `any_value(value) ${filter} AS ${identifier(name)}`,
      `any_value(error) ${filter} AS ${identifier(`${name}_error`)}`,
    ];
  });
  return `CREATE VIEW steps AS SELECT run, step, ${columns.join(", ")} FROM metrics GROUP BY run, step`;
}

/** Built-in quantities; those of files and packages are rows of `metrics` alone. */
function quantitiesOf(runs: readonly RunDescription[]): string[] {
  const measured = runs.flatMap(({ manifest }) => {
    const { measure } = manifest.config;
    return Array.isArray(measure) ? (measure as unknown[]) : [];
  });
  const names = measured.filter(
    (name): name is string => typeof name === "string" && /^[a-z][a-z-]*$/.test(name),
  );
  return [...new Set([STEP_LOSS, "loss", ...names])];
}
