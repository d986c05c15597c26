import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@eoss/run";
import { describeRun, type RunDescription } from "../runs/describeRun.js";
import { findRuns } from "../runs/findRuns.js";
import { closed } from "./closed.js";
import { type Connection, type DuckDB, loadDuckDB, type Result } from "./duckdb.js";
import { makeMetrics, measuredSteps, metricsFile, unreadable } from "./metrics.js";
import { makeRunsTable } from "./runsTable.js";
import { tablesOf } from "./tablesOf.js";
import { makeThresholdsTable } from "./thresholdsTable.js";

export interface QueryResult {
  readonly columns: readonly string[];
  /** DuckDB's types of the columns. */
  readonly types: readonly string[];
  /** Numbers as numbers, integers beyond 2^53 as text, dates as ISO 8601, lists and structs as such. */
  readonly rows: ReadonlyArray<readonly unknown[]>;
  /** Records that were left out, because a line was cut off. */
  readonly warnings: readonly string[];
}

/** An answer that is made while it is read. */
export interface StreamedAnswer extends Pick<QueryResult, "columns" | "types"> {
  /** The rows, up to some thousand at a time; they can be read once. @throws ConfigError */
  readonly pieces: AsyncIterable<QueryResult["rows"]>;
}

/**
 * Asks run folders a question in SQL. There are
 *
 * - `runs`, one row a run: folder, how it ended, settings as columns,
 * - `metrics`, one row a record: run, step, quantity, value, what it is compared with, error, ...,
 * - `parts`, one row for each further number of a record: run, step, quantity, part, place, at_lambda, value, error,
 * - `steps`, one row a step: a column for each quantity and one for its error.
 *
 * DuckDB reads the records itself, into a database in a temporary folder, so that thousands of runs
 * take no memory here. The query sees that database alone, opened to be read: it can read nothing else,
 * and can write nothing.
 *
 * @param directories run folders, or folders above them
 * @throws ConfigError if DuckDB is not installed, or does not understand the query
 * @throws RunFolderError if there is no run, or one is damaged or has a link in it
 */
export async function query(sql: string, directories: readonly string[]): Promise<QueryResult> {
  const rows: Array<readonly unknown[]> = [];
  let head: Pick<QueryResult, "columns" | "types"> | undefined;
  const warnings = await streamQuery(sql, directories, async ({ columns, types, pieces }) => {
    head = { columns, types };
    for await (const piece of pieces) for (const row of piece) rows.push(row);
  });
  return { ...head!, rows, warnings };
}

/**
 * Asks as `query` does, for answers that are larger than memory: DuckDB makes the rows while `take`
 * reads them.
 *
 * @param take reads the answer; what it throws is thrown
 * @returns the warnings of `QueryResult`
 * @throws as `query`
 */
export async function streamQuery(
  sql: string,
  directories: readonly string[],
  take: (answer: StreamedAnswer) => Promise<void>,
): Promise<readonly string[]> {
  const duckdb = await loadDuckDB();
  const tables = await tablesOf(duckdb, sql);
  // Then the records, which may be many, need not be read.
  const isOfRuns = tables?.size === 1 && tables.has("runs");
  const runs = findRuns(directories).map(describeRun);
  const folder = mkdtempSync(join(tmpdir(), "eoss-query-"));
  const file = join(folder, "runs.db");
  try {
    const warnings = await collect(duckdb, file, runs, isOfRuns ? "VIEW" : "TABLE");
    await closed(duckdb, file, async (connection) => take(await ask(duckdb, connection, sql)));
    return warnings;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts runs into a new database. @returns what was left out of them */
async function collect(
  duckdb: DuckDB,
  file: string,
  runs: readonly RunDescription[],
  records: "TABLE" | "VIEW",
): Promise<string[]> {
  const instance = await duckdb.DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    await makeRunsTable(connection, runs);
    const asked = records === "VIEW" ? [] : runs;
    await makeThresholdsTable(connection, asked, (run) => measuredSteps(connection, run));
    await makeMetrics(connection, runs, records);
    if (records === "VIEW") return [];
    for (const table of ["courses", "thresholds"]) await connection.run(`DROP TABLE ${table}`);
    return [...(await unreadable(connection, runs))].map(
      ([run, lines]) =>
        `${metricsFile(run)}: ${lines} line${lines === 1 ? "" : "s"} incomplete or damaged, and left out`,
    );
  } catch (error) {
    throw new ConfigError((error as Error).message, { cause: error });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function ask(duckdb: DuckDB, connection: Connection, sql: string): Promise<StreamedAnswer> {
  try {
    if (sql.trim() === "") throw new Error("the statement is empty");
    const statements = await connection.extractStatements(sql);
    const prepare = async (i: number) => {
      const statement = await statements.prepare(i);
      check(duckdb, statement.statementType);
      return statement;
    };
    // Several: PIVOT is one for its columns and one for its rows.
    for (let i = 0; i < statements.count - 1; i++) await (await prepare(i)).run();
    const result = await (await prepare(statements.count - 1)).stream();
    return {
      columns: result.deduplicatedColumnNames(),
      types: result.columnTypes().map(String),
      pieces: piecesOf(result, connection),
    };
  } catch (error) {
    throw await explained(error, connection);
  }
}

async function* piecesOf(result: Result, connection: Connection) {
  try {
    for await (const rows of result.yieldRowsJs()) yield rows.map((row) => row.map(plain));
  } catch (error) {
    throw await explained(error, connection);
  }
}

async function explained(error: unknown, connection: Connection): Promise<ConfigError> {
  const { message } = error as Error;
  return new ConfigError(`${message}\n\n${await whatThereIs(connection)}`, { cause: error });
}

/** DuckDB refuses what writes; this says so in fewer words, and refuses what would do nothing. */
function check({ StatementType }: DuckDB, type: number): void {
  const { SELECT, EXPLAIN, CREATE } = StatementType;
  if (([SELECT, EXPLAIN, CREATE] as number[]).includes(type)) return;
  throw new Error(`a ${StatementType[type]} statement is not allowed; allowed: SELECT and EXPLAIN`);
}

/** The tables and their columns, for who has mistaken a name. */
async function whatThereIs(connection: Connection): Promise<string> {
  const reader = await connection.runAndReadAll(
    `SELECT table_name, string_agg(column_name, ', ' ORDER BY ordinal_position)
     FROM information_schema.columns WHERE table_name IN ('runs', 'metrics', 'parts', 'steps')
     GROUP BY table_name ORDER BY table_name`,
  );
  return reader
    .getRowsJS()
    .map(([table, columns]) => `${table}: ${columns}`)
    .join("\n");
}

/** A value of DuckDB as JSON has it. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}
