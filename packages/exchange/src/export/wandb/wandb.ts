import { createHash } from "node:crypto";
import { join } from "node:path";
import { makeFolder, RESUME_SETTINGS, writeWhole } from "@eoss/lab";
import { errorOf } from "@eoss/lab/internal";
import type { RunManifest } from "@eoss/run";
import { namedNumbers } from "@eoss/run/internal";
import { byStep } from "../byStep.js";
import type { ExportedRun } from "../exportedRun.js";
import { type Histogram, histogramOf } from "../histogram.js";
import { type MetricRow, metricRows } from "../metricRows.js";
import { tagOf } from "../tagOf.js";
import { UPLOAD } from "./upload.js";

/** What stands beside the value of a quantity, as `QUANTITY/error` and so on. */
const BESIDES = [
  "threshold",
  "threshold_formula",
  "small_batch_threshold",
  "small_batch_formula",
  "error",
  "standard_error",
  "error_bound",
  "samples",
  "products",
  "seconds",
  "status",
] as const satisfies ReadonlyArray<keyof MetricRow>;

/**
 * A folder for Weights & Biases: `runs.jsonl` with the settings of each run, a `history.jsonl` for each
 * with a line a step, and `upload.py`, which hands them to the client of W&B. How that client stores
 * them is its own affair.
 *
 * @param names of the runs in W&B and of their folders below `directory`, by the folders of the runs
 */
export function writeWandb(
  runs: Iterable<ExportedRun>,
  directory: string,
  names: ReadonlyMap<string, string>,
): string[] {
  makeFolder(directory);
  const entries: object[] = [];
  const histories: string[] = [];
  for (const exported of runs) {
    const name = names.get(exported.run.directory)!;
    const rows = historyOf(exported);
    const history = join(directory, name, "history.jsonl");
    makeFolder(join(directory, name), directory);
    writeWhole(history, linesOf(rows), directory);
    histories.push(history);
    entries.push(entryOf(exported.run.manifest, name, rows));
  }
  const index = join(directory, "runs.jsonl");
  writeWhole(index, linesOf(entries));
  const script = join(directory, "upload.py");
  writeWhole(script, UPLOAD);
  return [script, index, ...histories];
}

type Cell = string | number | Histogram;
type Row = Readonly<Record<string, Cell>>;

/** The measurements of each step; W&B has no null, so what is not known or was not finite is left out. */
function historyOf(exported: ExportedRun): Row[] {
  const further = byStep(exported.records);
  return [...byStep(metricRows(exported))].map(([step, measurements]) => {
    const entries: Array<[string, Cell | null]> = [
      ...measurements.flatMap(
        (row): Array<[string, Cell | null]> => [
          [tagOf(row.quantity), row.value],
          ...BESIDES.map((column): [string, Cell | null] => [
            `${tagOf(row.quantity)}/${column}`,
            row[column],
          ]),
        ],
      ),
      ...further.get(step)!.flatMap((record) => partEntries(record, exported)),
    ];
    return { _step: step, ...Object.fromEntries(entries.filter(([, value]) => value !== null)) };
  });
}

/** Further numbers as `QUANTITY/PART`; a density as a histogram. */
function partEntries(
  record: ExportedRun["records"][number],
  { run }: ExportedRun,
): Array<[string, Cell | null]> {
  const quantity = tagOf(record.quantity);
  const histogram = histogramOf(record, run);
  return [
    ...namedNumbers(record).flatMap(
      ({ name, ...number }): Array<[string, Cell | null]> => [
        [`${quantity}/${name}`, Number.isFinite(number.value) ? number.value : null],
        [`${quantity}/${name}/error`, errorOf(number)],
      ],
    ),
    [`${quantity}/histogram`, histogram ?? null],
  ];
}

function entryOf(manifest: RunManifest, name: string, rows: readonly Row[]) {
  const { config, batchSize, model, dataset, backend, versions, end } = manifest;
  const keys = new Set(rows.flatMap((row) => Object.keys(row)));
  keys.delete("_step");
  return {
    id: idOf(manifest),
    name,
    history: `${name}/history.jsonl`,
    keys: [...keys],
    config: {
      ...config,
      batch_size: batchSize,
      parameters: model.parameters,
      samples: dataset.samples,
      backend,
      versions,
    },
    summary: end === null ? {} : { end: end.reason, last_step: end.step },
  };
}

/** The same for a run wherever its folder lies, and however often it was gone on with. */
function idOf({ config, startedAt, parent }: RunManifest): string {
  const changing: ReadonlySet<string> = new Set(RESUME_SETTINGS);
  const lasting = Object.entries(config).filter(([name]) => !changing.has(name));
  const identity = JSON.stringify([startedAt, lasting, parent?.step ?? null]);
  return createHash("sha256").update(identity).digest("hex").slice(0, 16);
}

function linesOf(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}
