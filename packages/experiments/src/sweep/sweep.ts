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

/** The specification as it would be kept in a folder. @throws ConfigError as `parseSweep`, `checkRuns` */
export function planSweep(specFile: string, out: string): Sweep {
  const sweep = sweepOf(SourceFile.read(specFile), out);
  checkRuns(new Map(sweep.runs.map(({ name, config }) => [name, config])), specFile);
  return sweep;
}

/**
 * Keeps a copy of the specification in the folder of the sweep, for those who go on with it: other
 * shards, tasks of a cluster, `status` and `collect`. Paths in the copy begin where it is.
 *
 * @throws RunWriteError if it cannot be written
 */
export function keepSpec(specFile: string, out: string): void {
  const copy = join(out, SPEC);
  if (resolve(specFile) === resolve(copy)) return;
  const source = SourceFile.read(specFile);
  const hasFolder = JSON.stringify(source.value).includes('"data-dir":');
  const text = source.rewritten((key, value) => {
    // Data are named within their folder, if one is named.
    if (key === "data" && hasFolder) return value;
    return String(movedPath(key, value, dirname(specFile), out));
  });
  if (existsSync(copy) && readFile(copy, out).toString() === text) return;
  makeFolder(out);
  writeWhole(copy, text);
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

function sweepOf(source: SourceFile, directory: string): Sweep {
  const { runs, ...rest } = parseSweep(source);
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
