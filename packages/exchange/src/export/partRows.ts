/** The further numbers of measurements as rows of a table: eigenvalues, layers, points of a density. */

import { errorOf } from "@eoss/lab/internal";
import { numbersOf, SPECTRUM_PARTS, spectrumOf } from "@eoss/run/internal";
import type { ExportedRun } from "./exportedRun.js";

/** One number of a part of a measurement. */
export interface PartRow {
  /** The folder of the run. */
  readonly run: string;
  readonly batch: number;
  readonly lr: number;
  readonly step: number;
  readonly quantity: string;
  /** The name of the part, e.g. `eigenvalues`, `layer dense1/kernel`, `density`. */
  readonly part: string;
  /** Place in its list from 1 on; null of a single number. */
  readonly place: number | null;
  /** Of a density: the λ that its value belongs to. */
  readonly at_lambda: number | null;
  readonly value: number | null;
  /** Half the width of a 95 % interval; null where no error is known. */
  readonly error: number | null;
  readonly standard_error: number | null;
  readonly error_bound: number | null;
}

/** The columns in their order, and what they hold. */
export const PART_COLUMNS: Readonly<Record<keyof PartRow, "text" | "integer" | "number">> = {
  run: "text",
  batch: "integer",
  lr: "number",
  step: "integer",
  quantity: "text",
  part: "text",
  place: "integer",
  at_lambda: "number",
  value: "number",
  error: "number",
  standard_error: "number",
  error_bound: "number",
};

/** A density's λ stand beside its values, and have no rows of their own. */
export function* partRows({ run, records }: ExportedRun): Generator<PartRow> {
  for (const record of records) {
    const { step, quantity, parts = {} } = record;
    const { batchSize, learningRate } = run.settingsAt(step);
    const spectrum = spectrumOf(record);
    for (const [part, content] of Object.entries(parts)) {
      if (spectrum !== undefined && part === SPECTRUM_PARTS.at) continue;
      const isDensity = spectrum !== undefined && part === SPECTRUM_PARTS.density;
      for (const [i, number] of numbersOf(content).entries()) {
        yield {
          run: run.directory,
          batch: batchSize,
          lr: learningRate,
          step,
          quantity,
          part,
          place: number.place ?? null,
          at_lambda: isDensity ? finite(spectrum.lambda[i]) : null,
          value: finite(number.value),
          error: errorOf(number),
          standard_error: number.standardError ?? null,
          error_bound: number.errorBound ?? null,
        };
      }
    }
  }
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
