import type { StaticAt } from "@eoss/lab";
import { z } from "zod";
import { type ClaimKind, claimFields } from "./claim.js";
import { type ClaimReading, measured, noReading } from "./reading.js";

const schema = z.strictObject({
  ...claimFields("bound"),
  /** A static curve with `bernstein`. */
  static: z.string(),
  /** Batch sizes; left out: all of the curve. */
  batches: z.array(z.int().min(1)).min(1).optional(),
});

/**
 * The gap of a static curve stays below the matrix-Bernstein bound of Prop. 4.2, at every batch size: their
 * ratio is at most 1. Evaluated from some of the samples alone the bound is an estimate, and decides nothing.
 */
export const bound: ClaimKind<typeof schema> = {
  schema,
  read({ static: name, batches }, { statics }) {
    const curve = statics.get(name);
    const points = (curve?.points ?? []).filter(
      ({ batchSize }) => batches?.includes(batchSize) ?? true,
    );
    if (points.length === 0) {
      const none = noReading(`the curve ${name} has no such batch size, or could not be made`);
      return [{ of: `gap of ${name} / bound`, reading: none, expected: [null, 1] }];
    }
    return points.map((point) => ({
      of: `gap of ${name} / bound, b = ${point.batchSize}`,
      reading: overBound(curve!, point),
      expected: [null, 1],
    }));
  },
};

function overBound(
  { bernstein, samples }: StaticAt,
  { gap, bernstein: limit }: StaticAt["points"][number],
): ClaimReading {
  if (bernstein === undefined || limit === undefined) {
    return noReading("the bound was not evaluated");
  }
  const { value, standardError, margin, errorBound } = measured(gap);
  const reading = {
    value: value / limit,
    standardError: standardError / limit,
    margin: margin / limit,
    errorBound: errorBound / limit,
  };
  if (bernstein.kind === "bound") return reading;
  const why =
    bernstein.samples < samples
      ? `from ${bernstein.samples} of ${samples} samples`
      : "for not every eigenvalue search converged";
  return { ...reading, unsettled: `the bound is an estimate, ${why}` };
}
