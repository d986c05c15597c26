import { z } from "zod";
import { type ClaimKind, type ClaimPart, claimFields, readAt, unit } from "./claim.js";
import { differenceOfReadings, settledReading } from "./reading.js";

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
  read({ of, runs, at, unit, direction, errors, together }, evidence) {
    const [a, b] = runs.map((name) => settledReading(evidence.runs.get(name), of, { at, unit }));
    const reading = differenceOfReadings(a!, b!);
    const ranges: Record<typeof direction, ClaimPart["expected"]> = {
      above: [0, null],
      below: [null, 0],
      any: { apart: together * Math.abs(b!.value) },
    };
    const expected = ranges[direction];
    return [{ of: `${of} of ${runs[0]} − of ${runs[1]}`, reading, expected, errors }];
  },
};
