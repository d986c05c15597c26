import { z } from "zod";
import { type ClaimKind, claimFields, readAt, unit } from "./claim.js";
import { differenceOfReadings, finite, inRange, readingOf } from "./reading.js";

const schema = z.strictObject({
  ...claimFields("difference"),
  of: z.string(),
  runs: z.tuple([z.string(), z.string()]),
  at: readAt,
  unit,
  /** Where the first lies; "any" leaves the side open. */
  direction: z.enum(["above", "below", "any"]).default("any"),
  errors: z.number().positive().default(3),
  /** Certainly closer than this part of the level is together: needed to refute "any". */
  together: z.number().positive().default(0.02),
});

/** A quantity of one run lies above or below that of another by more than so many standard errors. */
export const difference: ClaimKind<typeof schema> = {
  schema,
  check({ of, runs, at, unit, direction, errors, together }, evidence) {
    const [a, b] = runs.map((name) => readingOf(evidence.runs.get(name), of, { at, unit }));
    const between = differenceOfReadings(a!, b!, errors);
    const name = `${of} of ${runs[0]} − of ${runs[1]}`;
    if (direction !== "any") {
      return [inRange(name, between, direction === "above" ? [0, null] : [null, 0])];
    }
    const error = between.margin + between.errorBound;
    const distance = Math.abs(between.value);
    const settled = between.unsettled === undefined;
    const same = distance + error < together * Math.abs(b!.value);
    return [
      {
        of: name,
        value: finite(between.value),
        error: finite(error),
        expected: "not 0",
        verdict:
          settled && distance > error ? "holds" : settled && same ? "does not hold" : "undecided",
        ...(!settled && { note: between.unsettled! }),
      },
    ];
  },
};
