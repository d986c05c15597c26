/** The further numbers of a record, one by one: singles, places of lists, points of a density. */

import type { Part } from "@eoss/sharpness";
import type { MetricRecord } from "../formats/recordSchema.js";

/** One number of a part, with its errors; those that are not known are undefined. */
export interface PartNumber {
  /** Place in its list from 1 on; undefined of a single number. */
  readonly place: number | undefined;
  /** NaN where it was not finite. */
  readonly value: number;
  readonly standardError: number | undefined;
  readonly margin: number | undefined;
  readonly errorBound: number | undefined;
}

/** The numbers of a part in their order. */
export function numbersOf({ value, standardError, margin, errorBound }: Part): PartNumber[] {
  const at = (errors: Part["value"] | undefined, i: number) => [errors].flat()[i] ?? undefined;
  return [value].flat().map((number, i) => ({
    place: Array.isArray(value) ? i + 1 : undefined,
    // A number that was not finite stands as null in a record.
    value: number ?? Number.NaN,
    standardError: at(standardError, i),
    margin: at(margin, i),
    errorBound: at(errorBound, i),
  }));
}

/** A spectral density as a record carries it: the fraction of eigenvalues per unit of λ. */
export interface Spectrum {
  readonly step: number;
  /** λ of the points, ascending, in the unit of the quantity. */
  readonly lambda: readonly number[];
  /** ρ(λ) at them, with errors. */
  readonly density: readonly PartNumber[];
  /** Standard deviation of the normal curve that smooths it, in the unit of λ; NaN if not known. */
  readonly width: number;
}

/** The parts by which a quantity says that it is a density. */
export const SPECTRUM_PARTS = { at: "lambda", density: "density", width: "width" } as const;

/** The density that a record carries as parts `lambda` and `density`, two lists of one length. */
export function spectrumOf({ step, parts = {} }: MetricRecord): Spectrum | undefined {
  const [at, density] = [parts[SPECTRUM_PARTS.at], parts[SPECTRUM_PARTS.density]];
  if (!Array.isArray(at?.value) || !Array.isArray(density?.value)) return undefined;
  if (at.value.length !== density.value.length || at.value.length < 2) return undefined;
  const width = parts[SPECTRUM_PARTS.width]?.value;
  return {
    step,
    lambda: numbersOf(at).map(({ value }) => value),
    density: numbersOf(density),
    width: typeof width === "number" ? width : Number.NaN,
  };
}

/** A list with more places is no series of numbers against steps. */
const LONGEST_LIST = 10;

/** The parts of a record that are series against steps: single numbers and short lists, but no density. */
export function seriesParts(record: MetricRecord): Array<[name: string, numbers: PartNumber[]]> {
  const isDensity = spectrumOf(record) !== undefined;
  return Object.entries(record.parts ?? {}).flatMap(([name, part]) => {
    const numbers = numbersOf(part);
    const ofDensity = name === SPECTRUM_PARTS.at || name === SPECTRUM_PARTS.density;
    return numbers.length > LONGEST_LIST || (isDensity && ofDensity) ? [] : [[name, numbers]];
  });
}

/** The numbers of these, each by `PART`, or by `PART/PLACE` in a list. */
export function namedNumbers(record: MetricRecord): Array<PartNumber & { name: string }> {
  return seriesParts(record).flatMap(([part, numbers]) =>
    numbers.map((number) => ({
      ...number,
      name: number.place === undefined ? part : `${part}/${number.place}`,
    })),
  );
}
