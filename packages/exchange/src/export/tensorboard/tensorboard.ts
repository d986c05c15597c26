import { join } from "node:path";
import { makeFolder, writeWhole } from "@eoss/lab";
import { type ComparedWith, errorOf } from "@eoss/lab/internal";
import { type MetricRecord, thresholdText } from "@eoss/run";
import { namedNumbers, type PartNumber } from "@eoss/run/internal";
import { byStep } from "../byStep.js";
import type { ExportedRun } from "../exportedRun.js";
import { histogramOf } from "../histogram.js";
import { tagOf } from "../tagOf.js";
import { type Scalar, stepRecord, versionRecord } from "./events.js";

/**
 * Event files that TensorBoard reads, a folder for each run: every quantity under its name, and its
 * error under `NAME/error`, what it is compared with under `NAME/threshold`, whose description is the
 * formula or says why there is none. Further numbers stand under `NAME/PART`, or `NAME/PART/1` … if they are
 * a short list; a spectral density is a histogram of the eigenvalues under `NAME`. They hold 32-bit floats; what was not finite is NaN. Records keep no clock:
 * all events have the time when the run began, so steps are the axis.
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
    const events = Buffer.concat([versionRecord(time), ...eventsOf(exported, time)]);
    writeWhole(file, events, directory);
    files.push(file);
  }
  return files;
}

function eventsOf({ run, records }: ExportedRun, time: number): Buffer[] {
  return [...byStep(records)].map(([step, group]) => {
    const scalars = group.flatMap((record) => scalarsOf(record, run.comparison(record, step)));
    const histograms = group.flatMap((record) => {
      const histogram = histogramOf(record, run);
      return histogram === undefined ? [] : [{ tag: tagOf(record.quantity), ...histogram }];
    });
    return stepRecord(time, step, scalars, histograms);
  });
}

function scalarsOf(record: MetricRecord, comparison: ComparedWith): Scalar[] {
  const { value } = record;
  const quantity = tagOf(record.quantity);
  const error = errorOf(record);
  return [
    { tag: quantity, value: value ?? Number.NaN },
    ...(error === null ? [] : [{ tag: `${quantity}/error`, value: error }]),
    ...thresholdsOf(quantity, comparison),
    ...namedNumbers(record).flatMap(({ name, ...number }) =>
      partScalars(`${quantity}/${name}`, number),
    ),
  ];
}

function partScalars(tag: string, number: PartNumber): Scalar[] {
  const error = errorOf(number);
  return [
    { tag, value: number.value },
    ...(error === null ? [] : [{ tag: `${tag}/error`, value: error }]),
  ];
}

/** A threshold that there is not is NaN, as what is not finite. */
function thresholdsOf(quantity: string, comparison: ComparedWith): Scalar[] {
  const { matrix, value, formula, second } = comparison;
  if (matrix === "none") return [];
  const description = formula ?? thresholdText(comparison);
  return [
    { tag: `${quantity}/threshold`, value, description },
    ...(second
      ? [
          {
            tag: `${quantity}/small_batch_threshold`,
            value: second.value,
            description: second.formula,
          },
        ]
      : []),
  ];
}
