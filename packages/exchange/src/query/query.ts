import { ConfigError } from "@eoss/lab";
import { describeRun, type RunDescription } from "../runs/describeRun.js";
import { findRuns } from "../runs/findRuns.js";
import { type Connection, type DuckDB, loadDuckDB, type Result } from "./duckdb.js";
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

/** An answer that is made while it is read. */
export interface StreamedAnswer extends Pick<QueryResult, "columns" | "types"> {
  /** The rows, up to some thousand at a time; they can be read once. @throws ConfigError */
  readonly pieces: AsyncIterable<QueryResult["rows"]>;
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
  const runs = findRuns(directories).map(describeRun);
  const instance = await duckdb.DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await makeRunsTable(duckdb, connection, runs);
    await close(connection, runs);
    await makeMetricsViews(connection, runs);
    await take(await ask(duckdb, connection, sql));
    const left = await unreadable(connection, runs);
    return [...left].map(
      ([run, lines]) =>
        `${metricsFile(run)}: ${lines} line${lines === 1 ? "" : "s"} cut off or damaged and left out`,
    );
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

async function ask(duckdb: DuckDB, connection: Connection, sql: string): Promise<StreamedAnswer> {
  try {
    if (sql.trim() === "") throw new Error("there is no statement");
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
