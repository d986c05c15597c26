import type { Connection, DuckDB } from "./duckdb.js";

/** Cut off from files, the network and extensions, for good. */
const SETTINGS = [
  "autoload_known_extensions = false",
  "autoinstall_known_extensions = false",
  "allow_community_extensions = false",
  "enable_external_access = false",
  "disabled_filesystems = 'LocalFileSystem'",
  "lock_configuration = true",
];

/**
 * Uses a database that is cut off from all else, and that no setting opens up again. DuckDB itself
 * refuses what would read or write elsewhere, in whatever statement it hides.
 *
 * @param file of a database, which is opened to be read; default: an empty one in memory
 */
export async function closed<T>(
  { DuckDBInstance }: DuckDB,
  file: string | undefined,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const instance = await (file === undefined
    ? DuckDBInstance.create(":memory:")
    : DuckDBInstance.create(file, { access_mode: "READ_ONLY" }));
  const connection = await instance.connect();
  try {
    for (const setting of SETTINGS) await connection.run(`SET ${setting}`);
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
