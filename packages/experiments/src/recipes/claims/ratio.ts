import { z } from "zod";
import { type ClaimKind, claimFields, range, readAt, runNames } from "./claim.js";
import { ratioOf } from "./reading.js";

const schema = z.strictObject({
  ...claimFields("ratio"),
  of: z.string(),
  over: z.string(),
  runs: runNames,
  at: readAt,
  within: range,
});

/** The ratio of two quantities of the same run lies within a range, for every run named. */
export const ratio: ClaimKind<typeof schema> = {
  schema,
  read: ({ of, over, runs, at, within }, evidence) =>
    (runs ?? [...evidence.runs.keys()]).map((name) => ({
      of: `${of} / ${over} of ${name}`,
      reading: ratioOf(evidence.runs.get(name), [of, over], at),
      expected: within,
    })),
};
