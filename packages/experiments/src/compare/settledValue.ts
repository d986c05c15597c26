import { overSeeds } from "../recipes/claims/overSeeds.js";
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

/** The level that readings of runs with different seeds have in common: see `overSeeds`. */
export function settledValueOf(readings: readonly ClaimReading[]): SettledValue {
  const { value, margin, errorBound, unsettled } = overSeeds(readings);
  return {
    value: finite(value),
    margin: finite(margin + errorBound),
    ...(unsettled !== undefined && { note: unsettled }),
  };
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);
