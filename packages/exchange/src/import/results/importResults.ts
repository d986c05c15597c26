import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { holdsRun, makeFolder, version, writeWhole } from "@eoss/lab";
import { checkTypedOptions, needed, number, type OptionDomains, text } from "@eoss/rng/internal";
import { ConfigError, type MetricRecord, type RunManifest, thresholdOf } from "@eoss/run";
import { RUN_FORMAT } from "@eoss/run/internal";
import { parseResults, type Results, type ResultsRow } from "./parseResults.js";
import { type ImportedSettings, importedSettings, type ResultsSettings } from "./settings.js";

export interface ImportResultsOptions extends ResultsSettings {
  /** Folder of the run; of several files, the folder of their runs. None may hold a run yet. */
  readonly out: string;
}

/** Values are looked at together with what the file says. */
const OPTIONS: OptionDomains<ImportResultsOptions> = {
  ...{ out: needed(text), data: text, model: text },
  ...{ lr: number, batch: number, samples: number, momentum: number },
};

export interface ImportedResults {
  readonly directory: string;
  readonly file: string;
  readonly steps: number;
  /** By quantity, its measurements. */
  readonly measurements: Readonly<Record<string, number>>;
  /** What became of each column. */
  readonly mapping: readonly string[];
  /** What was left out, because the file ends in the middle of a line. */
  readonly warnings: readonly string[];
}

/**
 * Makes run folders of the `results.txt` that the authors' PyTorch training writes: to be reported,
 * tabulated, queried and exported like any other, but not gone on with, for the parameters are not in
 * the file. Records have the status `imported` and no error: none is in the file.
 *
 * @param files of several, each run has the name of the folder of its file
 * @throws ConfigError if a file cannot be read, is damaged, or lacks a setting that is not given; then
 *   nothing is written
 */
export function importResults(
  files: readonly string[],
  options: ImportResultsOptions,
): ImportedResults[] {
  checkTypedOptions("importResults", options, OPTIONS);
  const { out, ...given } = options;
  const directories = directoriesOf(files, out);
  const runs = files.map((file, i) => {
    const directory = directories[i]!;
    if (holdsRun(directory)) {
      throw new ConfigError(`${directory} already holds a run; choose another --out`);
    }
    const results = parseResults(textOf(file), file);
    if (results.rows.length === 0) throw new ConfigError(`${file} has no steps after its header`);
    const settings = importedSettings(file, results.arguments, given);
    const mapping = mappingOf(results);
    const manifest = manifestOf(file, results, settings, mapping);
    return { file, directory, results, mapping, manifest };
  });
  return runs.map(({ file, directory, results, mapping, manifest }) => {
    const records = results.rows.flatMap(recordsOf);
    const root = files.length === 1 ? directory : out;
    makeFolder(directory, root);
    const write = (name: string, text: string) => writeWhole(join(directory, name), text, root);
    write("metrics.jsonl", records.map((one) => `${JSON.stringify(one)}\n`).join(""));
    write("run.json", `${JSON.stringify(manifest, null, 2)}\n`);
    const measurements: Record<string, number> = {};
    for (const { quantity } of records) measurements[quantity] = (measurements[quantity] ?? 0) + 1;
    const cut = `${file}: the last line is cut off and left out`;
    const warnings = results.truncated ? [cut] : [];
    return { directory, file, steps: results.rows.length, measurements, mapping, warnings };
  });
}

function directoriesOf(files: readonly string[], out: string): string[] {
  if (files.length === 1) return [out];
  const names = files.map((file) => basename(dirname(resolve(file))));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return names.map((name) => join(out, name));
  throw new ConfigError(
    `several of the files lie in folders of the name ${twice}, which would be the name of their runs: ` +
      "import them one by one, each with its --out",
  );
}

/** The authors' longest has some megabytes. */
const MOST_BYTES = 2 ** 28;

function textOf(file: string): string {
  try {
    const stats = statSync(file);
    // A pipe or a device under this name would be read for ever.
    if (!stats.isFile() && !stats.isDirectory()) throw new RangeError("it is not a regular file");
    if (stats.size > MOST_BYTES) {
      throw new RangeError(`it has ${stats.size} bytes; allowed: up to ${MOST_BYTES}`);
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === "EISDIR" ? "it is a folder; name the results.txt in it" : message;
    throw new ConfigError(`${file} cannot be read: ${what}`, { cause: error });
  }
}

function mappingOf({ legend: { columns, leftOut } }: Results): string[] {
  return [
    ...columns.map(({ name, quantity }) => `${name} = ${quantity}`),
    ...leftOut.map((name) => `${name} is left out: eoss has no such quantity`),
  ];
}

function manifestOf(
  file: string,
  { rows, truncated, arguments: stated }: Results,
  { data, model, lr, batch, samples, optimizer, others }: ImportedSettings,
  mapping: readonly string[],
): RunManifest {
  const source = basename(file);
  const { name, ...options } = optimizer;
  const words = Object.entries(options).map(([option, value]) => `${option}=${value}`);
  const plan = { learningRate: lr, batchSize: batch, optimizer, interventions: [] };
  return {
    format: RUN_FORMAT,
    formatVersion: 1,
    config: { data, model, lr, batch, samples, optimizer: [name, ...words].join(" "), ...others },
    command: `eoss import results ${source}`,
    versions: { eoss: version },
    backend: "PyTorch",
    seeds: { seed: isSeed(others.seed) ? others.seed : 0, streams: [] },
    dataset: { name: data, samples, inputShape: [], classes: 0, source },
    model: { name: model, parameters: 0 },
    batchSize: batch,
    plan,
    plateaus: [],
    stabilityThreshold: thresholdOf(plan, 0),
    imported: { source, mapping, arguments: stated },
    startedAt: "at an unknown time",
    endedAt: null,
    end: {
      reason: truncated ? "interrupted" : "completed",
      step: rows.at(-1)!.step + 1,
      message: `${source} does not say why the run ended`,
    },
  };
}

function isSeed(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function recordsOf({ step, values }: ResultsRow): MetricRecord[] {
  return values.map(({ column: { quantity, unit }, value }) => {
    const finite = Number.isFinite(value);
    return {
      step,
      quantity,
      value: finite ? value : null,
      unit,
      samples: 0,
      products: 0,
      seconds: 0,
      status: finite ? "imported" : "not-finite",
    };
  });
}
