/** What rounding leaves of numbers: data are trained on in float32, and files may hold more digits. */

import { DatasetError } from "./dataset.js";
import type { LoadedData, NumberArray } from "./define.js";
import { AS_THEY_ARE, constantsOf } from "./standardise.js";

/** So many roundings are no variation. */
const FEW_ROUNDINGS = 16;
/** The share of different fractions that may become equal by chance, and the rows in which that is looked at. */
const BY_CHANCE = 0.01;
const LOOKED_AT = 1000;
/** Columns that one note names. */
const NAMED = 3;

/** Some numbers by their columns, and how they become those that are trained on: (x/maxPixel − mean)/std. */
interface Part {
  readonly values: NumberArray;
  /** What a column is called: `feature 3 of the training inputs`. */
  readonly title: (column: number) => string;
  readonly columns: number;
  readonly scaled: (value: number, column: number) => number;
  /** The distance of whole numbers after it. */
  readonly unit: (column: number) => number;
}

/**
 * Notes on columns of inputs and targets that vary by a few roundings alone, or of whose different numbers some
 * become equal in float32.
 *
 * @throws DatasetError if a column to be trained on varies and is constant in float32
 */
export function lostToRounding(loaded: LoadedData): string[] {
  const { inputShape, task, train, test, standardise = "none" } = loaded;
  const size = inputShape.reduce((product, n) => product * n, 1);
  const byFeature = standardise === "feature" || inputShape.length === 1;
  // Small whole numbers are exact: images need no further look.
  const looks = typeof standardise === "object" || train.inputs.BYTES_PER_ELEMENT > 2;
  const { maxPixel, mean, std } = looks
    ? constantsOf(train.inputs, inputShape, standardise).preprocessing
    : AS_THEY_ARE;
  return [train, test ?? []].flat().flatMap((samples, at) => {
    const split = at === 0 ? "training" : "test";
    const inputs: Part = {
      values: samples.inputs,
      title: (column) => `${byFeature ? "feature" : "channel"} ${column} of the ${split} inputs`,
      columns: Math.max(mean.length, byFeature ? size : inputShape.at(-1)!),
      scaled: (x, c) => (x / maxPixel - mean[c % mean.length]!) / std[c % std.length]!,
      unit: (c) => 1 / (maxPixel * std[c % std.length]!),
    };
    const targets: Part = {
      values: samples.targets ?? new Uint8Array(),
      title: (column) => `output ${column} of the ${split} targets`,
      columns: task.kind === "regression" ? task.outputs : 1,
      scaled: (y) => y,
      unit: () => 1,
    };
    return [...(looks ? [inputs] : []), targets].flatMap((part) => notesOn(part, at === 0));
  });
}

function notesOn(part: Part, isTrained: boolean): string[] {
  const { values, columns, title, scaled, unit } = part;
  const [, type] = /^Float(\d+)/.exec(values.constructor.name) ?? [];
  const notes: string[] = [];
  for (const [c, { least, most, isWhole }] of rangesOf(values, columns).entries()) {
    if (!(least < most)) continue;
    const runs = `${title(c)} runs from ${least} to ${most}`;
    const rounding = 2 ** (type === "32" ? -23 : -52) * Math.max(-least, most);
    if (type && most - least <= FEW_ROUNDINGS * rounding) {
      notes.push(`${runs}: a few roundings of float${type}`);
      continue;
    }
    const ends = [scaled(least, c), scaled(most, c)] as const;
    if (isTrained && Math.fround(ends[0]) === Math.fround(ends[1])) {
      throw new DatasetError(
        `${runs}, and float32 rounds all of it to ${Math.fround(ends[0])}; standardise it, or subtract a constant`,
      );
    }
    const isSafe = isWhole
      ? unit(c) > 2 ** -23 * Math.max(...ends.map(Math.abs))
      : merged(part, c, BY_CHANCE, LOOKED_AT) === undefined;
    const counts = isSafe ? undefined : merged(part, c, isWhole ? 0 : BY_CHANCE);
    if (counts !== undefined) {
      notes.push(`${title(c)}: ${counts[0]} different numbers become ${counts[1]} in float32`);
    }
  }
  const more = notes.length - NAMED;
  return more > 0 ? [...notes.slice(0, NAMED), `the same of ${more} more columns`] : notes;
}

function rangesOf(values: NumberArray, columns: number) {
  const ranges = Array.from({ length: columns }, () => ({
    ...{ least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY, isWhole: true },
  }));
  for (let at = 0; at < values.length; ) {
    for (const range of ranges) {
      const value = values[at++]!;
      if (value < range.least) range.least = value;
      if (value > range.most) range.most = value;
      if (range.isWhole && !Number.isInteger(value)) range.isWhole = false;
    }
  }
  return ranges;
}

/** How many different numbers a column has before and after; undefined if it lost a share of them at most. */
function merged(
  { values, columns, scaled }: Part,
  column: number,
  share: number,
  rows = Number.POSITIVE_INFINITY,
): readonly [number, number] | undefined {
  const [before, after] = [new Set<number>(), new Set<number>()];
  for (let at = column, row = 0; at < values.length && row < rows; at += columns, row++) {
    before.add(values[at]!);
    after.add(Math.fround(scaled(values[at]!, column)));
  }
  return after.size < (1 - share) * before.size ? [before.size, after.size] : undefined;
}
