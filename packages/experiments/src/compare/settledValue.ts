import { halfWidth } from "@eoss/sharpness";
import type { ClaimReading } from "../recipes/claims/reading.js";

/** Where a quantity settled, with the half width of its 95 % interval. */
export interface SettledValue {
  /** Null if it could not be measured; `note` says why. */
  readonly value: number | null;
  /** Null where one run has too few measurements to tell. */
  readonly margin: number | null;
  /** Why it says nothing final, e.g. that a run still drifts. */
  readonly note?: string;
}

/**
 * The level that readings of runs with different seeds have in common. Of one run it is that of its
 * plateau; of several the mean over them, with an interval by Student's t from their scatter, which has
 * all that differs between seeds in it. Bounds on numerical errors add to either.
 */
export function settledValueOf(readings: readonly ClaimReading[]): SettledValue {
  const notes = readings.flatMap(({ unsettled }) => (unsettled === undefined ? [] : [unsettled]));
  const note = notes.length > 0 ? { note: [...new Set(notes)].join("; ") } : {};
  const count = readings.length;
  const mean = (pick: (reading: ClaimReading) => number) =>
    readings.reduce((sum, reading) => sum + pick(reading), 0) / count;
  const value = mean((reading) => reading.value);
  const scatter =
    count === 1
      ? readings[0]!.margin
      : halfWidth(
          Math.sqrt(mean((reading) => (reading.value - value) ** 2) / (count - 1)),
          count - 1,
        );
  return {
    value: finite(value),
    margin: finite(scatter + mean((reading) => reading.errorBound)),
    ...note,
  };
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);
