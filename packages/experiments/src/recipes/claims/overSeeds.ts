import { halfWidth } from "@eoss/sharpness";
import type { ClaimReading } from "./reading.js";

/**
 * What readings of runs with different seeds have in common. Of one run it is its own reading. Of N it
 * is the mean, with standard error s/√N from their scatter s and the interval of Student's t with
 * N − 1 degrees of freedom, which has all that differs between seeds in it, the error within each run
 * too. Bounds on numerical errors come on top. A difference of two runs is to be taken seed by seed
 * before: what both have in common then cancels.
 */
export function overSeeds(readings: readonly ClaimReading[]): ClaimReading {
  const count = readings.length;
  if (count === 1) return readings[0]!;
  const mean = (pick: (reading: ClaimReading) => number) =>
    readings.reduce((sum, reading) => sum + pick(reading), 0) / count;
  const value = mean((reading) => reading.value);
  const variance = mean((reading) => (reading.value - value) ** 2) / (count - 1);
  const standardError = Math.sqrt(variance);
  const notes = readings.flatMap(({ unsettled }) => unsettled ?? []);
  return {
    value,
    standardError,
    margin: halfWidth(standardError, count - 1),
    errorBound: mean((reading) => reading.errorBound),
    ...(notes.length > 0 && { unsettled: commonNote(notes, count) }),
    ...(readings.some(({ notReached }) => notReached) && { notReached: true }),
  };
}

/** The different notes, and of how many runs they are. */
function commonNote(notes: readonly string[], count: number): string {
  return `${notes.length} of ${count} runs: ${[...new Set(notes)].join("; ")}`;
}
