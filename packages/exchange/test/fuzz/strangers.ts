import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readRun } from "@eoss/lab";
import { renderReport } from "@eoss/report";
import {
  contentOf,
  putLinks,
  RUN_NAMES,
  SECRET,
  Victim,
} from "../../../experiments/test/fuzz/folders.js";
import type { Dice } from "../../../experiments/test/fuzz/mutate.js";
import {
  linesOf,
  manifests,
  metrics,
  type Target,
  write,
} from "../../../experiments/test/fuzz/targets.js";
import { exportFormats, exportRuns } from "../../src/export/exportRuns.js";
import { query } from "../../src/query/query.js";
import { flatRows, runTable } from "../../src/table/runTable.js";

function writeRuns(folder: string): string {
  const runs = join(folder, "runs");
  for (const name of ["a", "b"]) {
    write(join(runs, name, "run.json"), JSON.stringify(manifests[0]));
    write(join(runs, name, "metrics.jsonl"), linesOf(metrics));
  }
  return runs;
}

/** What is read of a folder is in it: nothing of the victim comes out. */
export const linkedReads: Target = async (dice, place) => {
  const runs = writeRuns(place.folder);
  const victim = new Victim(place);
  putLinks(dice, runs, [...RUN_NAMES.map((name) => join("a", name)), "a", "c"], victim.folder);
  const out = join(place.folder, "out");
  const ways = [
    () => JSON.stringify(flatRows(runTable([runs]))),
    () => renderReport([readRun(join(runs, "a"), runs)]),
    () => {
      exportRuns([runs], { to: dice.one(exportFormats), out });
      return contentOf(place.folder).replace(contentOf(victim.folder), "");
    },
    async () => JSON.stringify(await query("SELECT * FROM metrics JOIN runs USING (run)", [runs])),
  ];
  try {
    const shown = await dice.one(ways)();
    if (shown.includes(SECRET)) throw new Error("what lies outside is shown");
  } finally {
    victim.check();
  }
};

/** What a query is made of that is up to something; FILE is one of the victim's, NEW one beside it. */
const PIECES = [
  ...["SELECT * FROM runs", "SELECT * FROM metrics", "SELECT 1", "FROM steps", "EXPLAIN ANALYZE "],
  ...["COPY runs TO 'NEW'", "COPY (SELECT 1) TO 'NEW' (FORMAT parquet)", "EXPORT DATABASE 'NEW'"],
  ...["SELECT * FROM read_text('FILE')", "SELECT * FROM 'FILE'", "SELECT * FROM read_csv('FILE')"],
  ...[
    "SELECT content FROM read_blob('FILE')",
    "SELECT * FROM glob('FILE')",
    "FROM sniff_csv('FILE')",
  ],
  ...["ATTACH 'NEW' AS other", "ATTACH 'NEW'", "INSTALL httpfs", "LOAD 'FILE'", "LOAD json"],
  ...["CREATE TABLE t AS SELECT 1", "INSERT INTO runs SELECT * FROM runs", "DELETE FROM metrics"],
  ...["UPDATE metrics SET value = 0", "DROP TABLE metrics", "ALTER TABLE runs ADD COLUMN x INT"],
  ...["SET enable_external_access = true", "RESET lock_configuration", "PRAGMA database_list"],
  ...["PRAGMA enable_profiling='json'", "SET profiling_output='NEW'", "SET temp_directory='NEW'"],
  ...["CHECKPOINT", "VACUUM", "BEGIN TRANSACTION", "COMMIT", "USE other", "CALL pragma_version()"],
  ...[
    "SELECT getenv('HOME')",
    "SELECT current_setting('temp_directory')",
    "SET log_query_path='NEW'",
  ],
  ...["; ", ";", " UNION ALL ", " -- ", "/*", "*/", "(", ")", "'", '"', "$$", "\0", "WITH x AS ("],
  ...["PREPARE p AS ", "EXECUTE p", "SELECT * FROM query('SELECT * FROM ''FILE''')"],
  ...["SELECT * FROM query_table('FILE')", "IMPORT DATABASE 'FILE'", "DESCRIBE ", "SUMMARIZE "],
  ...["PIVOT metrics ON quantity USING sum(value)", "CREATE SECRET s (TYPE s3)", "DETACH runs"],
];

/** No query reads what is not a run, or writes anything at all. */
export const sqlText: Target = async (dice: Dice, place) => {
  const runs = writeRuns(place.folder);
  const victim = new Victim(place);
  const before = contentOf(place.folder);
  const text = Array.from({ length: 1 + dice.below(4) }, () => dice.one(PIECES)).join(
    dice.one(["", " ", "; "]),
  );
  const sql = text
    .replaceAll("FILE", join(victim.folder, "file"))
    .replaceAll("NEW", join(place.folder, "new"));
  try {
    const { rows } = await query(sql, [runs]);
    const content = readFileSync(join(victim.folder, "file"), "utf8");
    if (JSON.stringify(rows).includes(content)) throw new Error(`a file was read by: ${sql}`);
  } finally {
    if (contentOf(place.folder) !== before) {
      // biome-ignore lint/correctness/noUnsafeFinally: what was written counts more than the error
      throw new Error(`something was written by: ${sql}`);
    }
  }
};
