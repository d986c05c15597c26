import { type RunManifest, trainFields } from "@eoss/run";
import type { RunDescription } from "../runs/describeRun.js";
import type { Appender, Connection } from "./duckdb.js";
import { columnName, identifier } from "./sql.js";

type Cell = string | number | boolean | null;
type ColumnType = "BIGINT" | "DOUBLE" | "BOOLEAN" | "VARCHAR";

interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** One cell for each run. */
  readonly cells: readonly Cell[];
}

/** What every run has. But for `run`, no name is that of a column of records, so that joins are short. */
const FIXED: ReadonlyArray<[string, ColumnType, (run: RunDescription) => Cell]> = [
  ["run", "VARCHAR", ({ run }) => run],
  ["name", "VARCHAR", ({ run }) => run.split(/[/\\]/).findLast((part) => part !== "") ?? run],
  ["state", "VARCHAR", ({ state }) => state],
  ["last_step", "BIGINT", ({ step }) => step],
  ["batch", "BIGINT", ({ manifest }) => manifest.batchSize],
  ["n", "BIGINT", ({ manifest }) => manifest.dataset.samples],
  ["parameters", "BIGINT", ({ manifest }) => manifest.model.parameters],
  ["backend", "VARCHAR", ({ manifest }) => manifest.backend],
  ["started", "VARCHAR", ({ manifest }) => manifest.startedAt],
  ["wall_seconds", "DOUBLE", ({ manifest }) => secondsOf(manifest)],
  ["parent", "VARCHAR", ({ manifest }) => manifest.parent?.directory ?? null],
  ["settings", "VARCHAR", ({ manifest }) => JSON.stringify(manifest.config)],
];

/** Settings that records have a column of the same name for. */
const SETTING_NAMES: Readonly<Record<string, string>> = { loss: "loss_head", samples: "n" };

const APPEND: Readonly<Record<ColumnType, (appender: Appender, cell: Cell) => void>> = {
  BIGINT: (appender, cell) => appender.appendBigInt(BigInt(cell as number)),
  DOUBLE: (appender, cell) => appender.appendDouble(cell as number),
  BOOLEAN: (appender, cell) => appender.appendBoolean(cell as boolean),
  VARCHAR: (appender, cell) => appender.appendVarchar(cell as string),
};

/**
 * Makes the table `runs`: one row a run, one column for each setting that this version knows and a
 * run has, all settings as JSON in `settings`. What a run says comes in as values, never as SQL.
 */
export async function makeRunsTable(
  connection: Connection,
  runs: readonly RunDescription[],
): Promise<void> {
  const columns = columnsOf(runs);
  const list = columns.map(({ name, type }) => `${identifier(name)} ${type}`).join(", ");
  await connection.run(`CREATE TABLE runs (${list})`);
  const appender = await connection.createAppender("runs");
  for (const row of runs.keys()) {
    for (const { type, cells } of columns) {
      const cell = cells[row]!;
      if (cell === null) appender.appendNull();
      else APPEND[type](appender, cell);
    }
    appender.endRow();
  }
  appender.closeSync();
}

function columnsOf(runs: readonly RunDescription[]): Column[] {
  const fixed = FIXED.map(([name, type, cellOf]) => ({ name, type, cells: runs.map(cellOf) }));
  const settings = Object.keys(trainFields).flatMap((key) => {
    const name = SETTING_NAMES[key] ?? columnName(key);
    if (FIXED.some(([taken]) => taken === name)) return [];
    const values = runs.map(({ manifest }) => manifest.config[key] ?? null);
    return values.every((value) => value === null) ? [] : [settingColumn(name, values)];
  });
  return [...fixed, ...settings];
}

/** Numbers stay numbers where all are; what is no text, number or switch is JSON. */
function settingColumn(name: string, values: readonly unknown[]): Column {
  const all = (kind: string) => values.every((value) => value === null || typeof value === kind);
  const type = all("number") ? "DOUBLE" : all("boolean") ? "BOOLEAN" : "VARCHAR";
  const cells = values.map((value): Cell => {
    if (value === null || type !== "VARCHAR") return value as Cell;
    return typeof value === "string" ? value : JSON.stringify(value);
  });
  return { name, type, cells };
}

function secondsOf({ startedAt, endedAt }: RunManifest): number | null {
  const seconds = (Date.parse(endedAt ?? "") - Date.parse(startedAt)) / 1000;
  return Number.isFinite(seconds) ? seconds : null;
}
