import { readArchive } from "@eoss/data/formats";
import {
  type MetricRecord,
  parseManifest,
  parseRecords,
  RunFolderError,
  type RunManifest,
} from "@eoss/run";
import { stops } from "@eoss/run/internal";
import { inflateSync, strFromU8, strToU8, zipSync } from "fflate";
import { LIMITS, Room, tooMuch } from "./limits.js";

/** A run as its folder holds it. */
export interface FolderRun {
  readonly name: string;
  readonly manifest: RunManifest;
  readonly records: readonly MetricRecord[];
}

/** FileContents by their paths. */
export type FileContents = Readonly<Record<string, Uint8Array>>;

/**
 * Runs as folders of a zip archive, each with what `eoss train` writes: `run.json` and
 * `metrics.jsonl`. Checkpoints are missing, which `eoss resume` can do without: it makes the steps
 * again from the seed, and compares.
 */
export function zipRuns(runs: readonly FolderRun[]): Uint8Array {
  const files = runs.flatMap(({ name, manifest, records }) => [
    [`${name}/run.json`, strToU8(`${JSON.stringify(manifest, null, 2)}\n`)] as const,
    [
      `${name}/metrics.jsonl`,
      strToU8(records.map((one) => `${JSON.stringify(one)}\n`).join("")),
    ] as const,
  ]);
  return zipSync(Object.fromEntries(files));
}

/** The manifest of a run that was stopped by leaving it. */
export function stopped(manifest: RunManifest, step: number): RunManifest {
  if (manifest.end !== null) return manifest;
  const stop = stops.interrupted(step, manifest.config.steps);
  return { ...manifest, endedAt: new Date().toISOString(), end: { ...stop, step } };
}

/**
 * The runs among some files, archives included, in the order of their paths.
 *
 * @throws RunFolderError if there is none, if one is damaged, or if they are more than the page takes
 */
export function runsIn(files: FileContents): FolderRun[] {
  const all = unpacked(files);
  const manifests = Object.keys(all)
    .filter((path) => /(^|\/)run\.json$/.test(path))
    .sort();
  if (manifests.length === 0) {
    throw new RunFolderError(
      "These files contain no run. A run is a folder with run.json and metrics.jsonl, as " +
        'written by "eoss train --out DIR", or a zip archive of such folders.',
    );
  }
  if (manifests.length > LIMITS.runs)
    throw tooMuch(`There are more than ${LIMITS.runs} runs among these files`);
  let room: number = LIMITS.records;
  return manifests.map((path) => {
    const folder = path.slice(0, -"run.json".length);
    const metrics = all[`${folder}metrics.jsonl`];
    const text = metrics === undefined ? "" : strFromU8(metrics);
    if (all[path]!.length > LIMITS.line)
      throw tooMuch(`${path} has more than ${LIMITS.line} bytes`);
    const { records } = parseRecords(text, `${folder}metrics.jsonl`, {
      records: room,
      line: LIMITS.line,
    });
    room -= records.length;
    return {
      name: folder.split("/").at(-2) ?? "run",
      manifest: parseManifest(strFromU8(all[path]!), path),
      records,
    };
  });
}

function unpacked(files: FileContents): Record<string, Uint8Array> {
  const all: Record<string, Uint8Array> = {};
  const room = new Room();
  for (const [path, content] of Object.entries(files)) {
    if (!path.endsWith(".zip")) {
      room.takeBytes(content.length);
      all[path] = content;
      continue;
    }
    try {
      const files = readArchive(content, {
        most: LIMITS.bytes,
        isWanted: (name) => WANTED.test(name),
        inflate: (packed, out) => inflateSync(packed, { out }),
      });
      for (const [name, file] of files) {
        room.takeFile();
        room.takeBytes(file.length);
        all[name] = file;
      }
    } catch (error) {
      if (error instanceof RunFolderError) throw error;
      throw new RunFolderError(`${path} is not a readable archive: ${(error as Error).message}`);
    }
  }
  return all;
}

const WANTED = /(^|\/)(run\.json|metrics\.jsonl)$/;
