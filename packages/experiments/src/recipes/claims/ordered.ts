import { z } from "zod";
import { type ClaimKind, claimFields, type Evidence, readAt, unit } from "./claim.js";
import { type ClaimReading, differenceOfReadings, measured, settledReading } from "./reading.js";

const schema = z
  .strictObject({
    ...claimFields("ordered"),
    of: z.string().default("minibs"),
    /** In the order in which the quantity is said to rise or fall. */
    runs: z.array(z.string()).min(2).optional(),
    /** Instead of runs: the batch sizes of a static curve, ascending. */
    static: z.string().optional(),
    /** Of the curve; left out: all. */
    batches: z.array(z.int().min(1)).min(2).optional(),
    at: readAt,
    unit,
    direction: z.enum(["increasing", "decreasing"]),
    errors: z.number().positive().default(3),
  })
  .refine((claim) => (claim.runs === undefined) !== (claim.static === undefined), {
    message: "give one of runs and static",
  });

/** A quantity rises, or falls, from each run to the next, by more than so many standard errors. */
export const ordered: ClaimKind<typeof schema> = {
  schema,
  read(claim, evidence) {
    const items = claim.static === undefined ? ofRuns(claim, evidence) : ofCurve(claim, evidence);
    const expected: [number | null, number | null] =
      claim.direction === "increasing" ? [0, null] : [null, 0];
    const { errors } = claim;
    return items.slice(1).map(([name, reading], i) => {
      const [before, earlier] = items[i]!;
      const of = `${claim.of} of ${name} − of ${before}`;
      return { of, reading: differenceOfReadings(reading, earlier), expected, errors };
    });
  },
};

type Named = [name: string, reading: ClaimReading];

function ofRuns({ of, runs = [], at, unit }: z.output<typeof schema>, evidence: Evidence): Named[] {
  return runs.map((name) => [name, settledReading(evidence.runs.get(name), of, { at, unit })]);
}

function ofCurve(
  { static: name, of, batches }: z.output<typeof schema>,
  { statics }: Evidence,
): Named[] {
  const points = statics.get(name!)?.points ?? [];
  const wanted = points.filter(({ batchSize }) => batches?.includes(batchSize) ?? true);
  return wanted.map(({ batchSize, minibs, gap }) => [
    `b = ${batchSize}`,
    measured(of === "gap" ? gap : minibs),
  ]);
}
