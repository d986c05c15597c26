import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Job, makeFolder, writeWhole } from "@eoss/lab";
import { movedPath, readFile, SourceFile } from "@eoss/lab/internal";
import { ConfigError } from "@eoss/run";
import { checkRuns } from "./checkRuns.js";
import { parseSweep, type SweepSpec } from "./sweepSpec.js";

/** A run of a sweep: its name is that of its folder. */
export interface SweepRun extends Job {
  readonly name: string;
}

/** A sweep and the folder that it is kept in. */
export interface Sweep extends Omit<SweepSpec, "runs"> {
  readonly directory: string;
  /** In the order of the specification. */
  readonly runs: readonly SweepRun[];
}

/** The copy of the specification in the folder of a sweep. */
const SPEC = "sweep.yaml";

/**
 * The specification as it would be kept in a folder.
 *
 * @param seeds stands in place of what the specification says
 * @throws ConfigError as `parseSweep`, `checkRuns`
 */
export function planSweep(specFile: string, out: string, seeds?: number): Sweep {
  const sweep = sweepOf(SourceFile.read(specFile), out, seeds);
  checkRuns(new Map(sweep.runs.map(({ name, config }) => [name, config])), specFile);
  return sweep;
}

/**
 * Keeps a copy of the specification in the folder of the sweep, for those who go on with it: other
 * shards, tasks of a cluster, `status` and `collect`. Paths in the copy begin where it is.
 *
 * @param seeds as of `planSweep`
 * @throws RunWriteError if it cannot be written
 */
export function keepSpec(specFile: string, out: string, seeds?: number): void {
  const copy = join(out, SPEC);
  const source = SourceFile.read(specFile);
  if (resolve(specFile) === resolve(copy)) {
    checkKept(source, seeds);
    return;
  }
  const hasFolder = JSON.stringify(source.value).includes('"data-dir":');
  const rewritten = source.rewritten((key, value) => {
    // Data are named within their folder, if one is named.
    if (key === "data" && hasFolder) return value;
    return String(movedPath(key, value, dirname(specFile), out));
  });
  const text = withSeeds(rewritten, source, seeds);
  if (existsSync(copy) && readFile(copy, out).toString() === text) return;
  makeFolder(out);
  writeWhole(copy, text);
}

/** The text of a specification that says how many seeds there are. @throws ConfigError if it cannot */
function withSeeds(text: string, source: SourceFile, seeds: number | undefined): string {
  if (seeds === undefined || seeds === seedsIn(source)) return text;
  const first = text.trimStart();
  const more = first.startsWith("{")
    ? `{ "seeds": ${seeds}, ${first.slice(1)}`
    : `${text.trimEnd()}\nseeds: ${seeds}\n`;
  const isSame = () => seedsIn(new SourceFile(source.file, more)) === seeds;
  if ("seeds" in (source.value as object) || !isSame()) checkKept(source, seeds);
  return more;
}

/** What stands in the file itself counts for all who go on with it. */
function checkKept(source: SourceFile, seeds: number | undefined): void {
  if (seeds === undefined || seeds === seedsIn(source)) return;
  throw new ConfigError(
    `--seeds ${seeds} does not go with ${source.file}, which says seeds: ${seedsIn(source)}; change it there`,
  );
}

function seedsIn(source: SourceFile): number {
  return parseSweep(source).seeds;
}

/** Whether a folder is that of a sweep. */
export function holdsSweep(directory: string): boolean {
  return existsSync(join(directory, SPEC));
}

/** The sweep that a folder keeps. @throws ConfigError if it keeps none */
export function readSweep(directory: string): Sweep {
  const file = join(directory, SPEC);
  if (!holdsSweep(directory)) {
    throw new ConfigError(
      `${directory} is not the folder of a sweep: it has no ${SPEC}; "eoss sweep SPEC.yaml --out DIR" ` +
        "makes one",
    );
  }
  return sweepOf(new SourceFile(file, textIn(directory, file)), directory);
}

function textIn(directory: string, file: string): string {
  try {
    return readFile(file, directory).toString();
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

function sweepOf(source: SourceFile, directory: string, seeds?: number): Sweep {
  const { runs, ...rest } = parseSweep(source, seeds);
  return {
    ...rest,
    directory,
    runs: [...runs].map(([name, config]) => ({
      name,
      config,
      out: join(directory, "runs", name),
      within: directory,
    })),
  };
}
