import { ConfigError } from "@eoss/run";
import { closed } from "./closed.js";
import type { DuckDB } from "./duckdb.js";

/** How a query may begin that DuckDB's parser does not take for a SELECT though it only reads. */
const READS = /^\(*\s*(EXPLAIN|PIVOT|WITH|SELECT|FROM)\b/i;

/**
 * The tables that a query names, as DuckDB's own parser finds them, before anything of it is looked up:
 * EXPORT makes its folder when it is prepared already, cut off or not.
 *
 * @returns undefined if they are not known
 * @throws ConfigError if it is neither a SELECT, a PIVOT nor an EXPLAIN
 */
export async function tablesOf(
  duckdb: DuckDB,
  sql: string,
): Promise<ReadonlySet<string> | undefined> {
  const tree = await closed(duckdb, undefined, async (connection) => {
    const parse = "SELECT json_serialize_sql($1::VARCHAR)";
    const [[text]] = (await connection.runAndReadAll(parse, [sql])).getRowsJS() as [[string]];
    return JSON.parse(text) as { error: boolean; error_type?: string };
  });
  if (!tree.error) return namesIn(tree);
  // What is no SQL is refused, and explained, when it is asked.
  const words = sql.trim().replace(/;$/, "");
  if (tree.error_type === "parser" || (READS.test(words) && !words.includes(";"))) return undefined;
  throw new ConfigError(
    "this statement is not allowed; allowed: SELECT, PIVOT and EXPLAIN, one at a time",
  );
}

/** @returns undefined if there is a function of tables: it may name others in a text */
function namesIn(tree: object): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  let isKnown = true;
  JSON.stringify(tree, (_, node) => {
    if (node?.type === "BASE_TABLE") names.add(String(node.table_name));
    if (node?.type === "TABLE_FUNCTION") isKnown = false;
    return node;
  });
  return isKnown ? names : undefined;
}
