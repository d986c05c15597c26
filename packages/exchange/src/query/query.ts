import { ConfigError } from "@eoss/lab";
import { describeRun, type RunDescription } from "../runs/describeRun.js";
import { findRuns } from "../runs/findRuns.js";
import { type Connection, type DuckDB, loadDuckDB } from "./duckdb.js";
import { makeMetricsViews, metricsFile, pattern, unreadable } from "./metricsViews.js";
import { makeRunsTable } from "./runsTable.js";
import { literals } from "./sql.js";

export interface QueryResult {
  readonly columns: readonly string[];
  /** DuckDB's types of the columns. */
  readonly types: readonly string[];
  /** Numbers as numbers, integers beyond 2^53 as text, dates as ISO 8601, lists and structs as such. */
  readonly rows: ReadonlyArray<readonly unknown[]>;
  /** Records that were left out, because a line was cut off. */
  readonly warnings: readonly string[];
}

/**
 * Asks run folders a question in SQL. There are
 *
 * - `runs`, one row a run: folder, how it ended, settings as columns,
 * - `metrics`, one row a record: run, step, quantity, value, error, ...,
 * - `steps`, one row a step: a column for each quantity and one for its error.
 *
 * DuckDB reads the records itself, at each query, so that thousands of runs take no memory here. The
 * query can read them and nothing else, and can write nothing.
 *
 * @param directories run folders, or folders above them
 * @throws ConfigError if DuckDB is not installed, or does not understand the query
 * @throws RunFolderError if there is no run, or one is damaged
 */
export async function query(sql: string, directories: readonly string[]): Promise<QueryResult> {
  const duckdb = await loadDuckDB();
  const runs = findRuns(directories).map(describeRun);
  const instance = await duckdb.DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await makeRunsTable(duckdb, connection, runs);
    await close(connection, runs);
    await makeMetricsViews(connection, runs);
    const result = await ask(duckdb, connection, sql);
    const left = await unreadable(connection, runs);
    const warnings = [...left].map(
      ([run, lines]) =>
        `${metricsFile(run)}: ${lines} line${lines === 1 ? "" : "s"} cut off or damaged and left out`,
    );
    return { ...result, warnings };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** From here on, the records are all of the outside that there is, and no setting opens it again. */
async function close(connection: Connection, runs: readonly RunDescription[]): Promise<void> {
  const files = runs.filter(({ measured }) => measured).map(({ run }) => metricsFile(run));
  const paths = new Set(files.flatMap((file) => [file, pattern(file)]));
  await connection.run(`SET allowed_paths = ${literals([...paths])}`);
  await connection.run("SET temp_directory = ''");
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
}

async function ask(duckdb: DuckDB, connection: Connection, sql: string) {
  try {
    if (sql.trim() === "") throw new Error("there is no statement");
    const statements = await connection.extractStatements(sql);
    let result: Omit<QueryResult, "warnings"> | undefined;
    // Several: PIVOT is one for its columns and one for its rows.
    for (let i = 0; i < statements.count; i++) {
      const statement = await statements.prepare(i);
      check(duckdb, statement.statementType);
      const reader = await statement.runAndReadAll();
      result = {
        columns: reader.deduplicatedColumnNames(),
        types: reader.columnTypes().map(String),
        rows: reader.getRowsJS().map((row) => row.map(plain)),
      };
    }
    return result!;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n\n${await whatThereIs(connection)}`, {
      cause: error,
    });
  }
}

/** The records are among what can be read, and COPY could write them. */
function check({ StatementType }: DuckDB, type: number): void {
  const { SELECT, EXPLAIN, CREATE } = StatementType;
  if (([SELECT, EXPLAIN, CREATE] as number[]).includes(type)) return;
  throw new Error(`a ${StatementType[type]} statement is not allowed; allowed: SELECT and EXPLAIN`);
}

/** The tables and their columns, for who has mistaken a name. */
async function whatThereIs(connection: Connection): Promise<string> {
  const reader = await connection.runAndReadAll(
    `SELECT table_name, string_agg(column_name, ', ' ORDER BY ordinal_position)
     FROM information_schema.columns WHERE table_name IN ('runs', 'metrics', 'steps')
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
