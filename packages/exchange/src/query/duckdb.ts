/** Loads DuckDB, which users install themselves. */

import { pathToFileURL } from "node:url";
import { installAdvice, installed } from "@eoss/lab";
import { ConfigError } from "@eoss/run";

const PACKAGE = "@duckdb/node-api";

export type DuckDB = typeof import("@duckdb/node-api");
export type Connection = import("@duckdb/node-api").DuckDBConnection;
export type Appender = import("@duckdb/node-api").DuckDBAppender;
export type Result = import("@duckdb/node-api").DuckDBResult;

/**
 * DuckDB, which users of SQL add themselves: its library is larger than all the rest together.
 *
 * @throws ConfigError saying how to add it
 */
export async function loadDuckDB(): Promise<DuckDB> {
  const path = installed(PACKAGE, import.meta.url);
  if (path === undefined) {
    throw new ConfigError(`SQL needs DuckDB, which is not installed; ${installAdvice([PACKAGE])}`);
  }
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as DuckDB;
}
