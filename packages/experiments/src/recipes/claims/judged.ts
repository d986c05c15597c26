import { short } from "@eoss/run";
import { widened } from "@eoss/sharpness/internal";
import type { ClaimPart, ClaimVerdict, Measured, Range } from "./claim.js";
import { overSeeds } from "./overSeeds.js";

/** A part of a claim, as each set of seeds has it, against where it would have to be. */
export function judged(parts: readonly ClaimPart[]): Measured {
  const { of, errors = 0 } = parts[0]!;
  const reading = overSeeds(parts.map((part) => part.reading));
  const expected = commonOf(parts.map((part) => part.expected));
  const { value, unsettled, notReached } = reading;
  const error = widened(reading.margin, errors) + reading.errorBound;
  const notes = [
    // A fit of one run is not that of the mean.
    ...(parts.length === 1 ? [parts[0]!.note] : []),
    unsettled,
  ].filter((note) => note !== undefined);
  const open = notReached ? "not reached" : "undecided";
  return {
    of,
    value: finite(value),
    error: finite(error),
    ...(parts.length > 1 && { seeds: parts.map((part) => finite(part.reading.value)) }),
    expected: "apart" in expected ? "not 0" : rangeText(expected),
    verdict: unsettled === undefined ? verdictIn(value, error, expected) : open,
    ...(notes.length > 0 && { note: notes.join("; ") }),
  };
}

/** What seeds have in common; where it hangs on a measured level, its mean over them. */
function commonOf(expected: ReadonlyArray<ClaimPart["expected"]>): ClaimPart["expected"] {
  const first = expected[0]!;
  const mean = (values: ReadonlyArray<number | null>) =>
    values.every((value) => value === values[0])
      ? values[0]!
      : values.reduce<number>((sum, value) => sum + value! / values.length, 0);
  if ("apart" in first) {
    return { apart: mean(expected.map((one) => (one as typeof first).apart)) };
  }
  const ranges = expected as readonly Range[];
  return [mean(ranges.map(([low]) => low)), mean(ranges.map(([, high]) => high))];
}

function verdictIn(value: number, error: number, expected: ClaimPart["expected"]): ClaimVerdict {
  if (!("apart" in expected)) return within(value, error, expected);
  if (!Number.isFinite(value) || !Number.isFinite(error)) return "undecided";
  const distance = Math.abs(value);
  if (distance > error) return "holds";
  return distance + error < expected.apart ? "does not hold" : "undecided";
}

/** Whether the interval value ± error lies within a range, beside it, or across its end. */
function within(value: number, error: number, [low, high]: Range): ClaimVerdict {
  if (!Number.isFinite(value) || !Number.isFinite(error)) return "undecided";
  const [least, most] = [low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY];
  if (value - error >= least && value + error <= most) return "holds";
  return value + error < least || value - error > most ? "does not hold" : "undecided";
}

function rangeText([low, high]: Range): string {
  if (low === null) return high === null ? "any" : `at most ${short(high)}`;
  return high === null ? `at least ${short(low)}` : `in [${short(low)}, ${short(high)}]`;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
