import { join } from "node:path";
import { makeFolder, writeWhole } from "@eoss/lab";
import { byStep } from "../byStep.js";
import type { ExportedRun } from "../exportedRun.js";
import { stepRecord, versionRecord } from "./events.js";
import { valuesOf } from "./values.js";

/**
 * Event files that TensorBoard reads, a folder for each run, with the numbers of `valuesOf`. Records keep
 * no clock: all events have the time when the run began, so steps are the axis.
 *
 * @param names of the runs' folders below `directory`, by the folders of the runs
 */
export function writeTensorBoard(
  runs: Iterable<ExportedRun>,
  directory: string,
  names: ReadonlyMap<string, string>,
): string[] {
  const files: string[] = [];
  for (const exported of runs) {
    const folder = join(directory, names.get(exported.run.directory)!);
    makeFolder(folder, directory);
    const began = Date.parse(exported.run.manifest.startedAt) / 1000;
    const time = Number.isFinite(began) ? began : 0;
    const file = join(folder, `events.out.tfevents.${Math.floor(time)}.eoss`);
    const events = [...byStep(exported.records)].map(([step, group]) =>
      stepRecord(time, step, valuesOf(group, exported.run)),
    );
    writeWhole(file, Buffer.concat([versionRecord(time), ...events]), directory);
    files.push(file);
  }
  return files;
}
