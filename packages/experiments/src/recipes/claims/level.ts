import { z } from "zod";
import { type ClaimKind, claimFields, range, readAt, runNames, unit } from "./claim.js";
import { settledReading } from "./reading.js";

const schema = z.strictObject({
  ...claimFields("level"),
  of: z.string(),
  runs: runNames,
  at: readAt,
  unit,
  within: range,
});

/** A quantity of every run named lies within a range. */
export const level: ClaimKind<typeof schema> = {
  schema,
  read: ({ of, runs, at, unit, within }, evidence) =>
    (runs ?? [...evidence.runs.keys()]).map((name) => ({
      of: `${of} of ${name}`,
      reading: settledReading(evidence.runs.get(name), of, { at, unit }),
      expected: within,
    })),
};
