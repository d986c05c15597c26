import { fitPowerLaw, type PowerLawFit, type PowerLawPoint } from "@eoss/sharpness";
import { z } from "zod";
import { type ClaimKind, claimFields, type Evidence, range } from "./claim.js";
import { type ClaimReading, noReading, settledReading } from "./reading.js";

const schema = z
  .strictObject({
    ...claimFields("exponent"),
    /** The gap of a static curve ... */
    static: z.string().optional(),
    /** ... or a quantity of runs of different batch sizes. */
    of: z.string().default("gap"),
    runs: z.array(z.string()).min(2).optional(),
    at: z.enum(["plateau", "end"]).default("end"),
    /** Batch sizes to fit; an end that is null is open. */
    batches: range.default([null, null]),
    /** Batch sizes up to this part of n alone. */
    share: z.number().positive().max(1).default(1),
    /** Of the exponent α of b^(−α). */
    within: range,
  })
  .refine((claim) => (claim.runs === undefined) !== (claim.static === undefined), {
    message: "give one of runs and static",
  });

type ExponentClaim = z.output<typeof schema>;

/** A quantity falls with the batch size as b^(−α), α within a range, its 95 % interval included. */
export const exponent: ClaimKind<typeof schema> = {
  schema,
  read(claim, evidence) {
    const [low, high] = claim.batches;
    const points = pointsOf(claim, evidence).filter(
      ({ batchSize, samples }) =>
        batchSize >= (low ?? 0) &&
        batchSize <= (high ?? samples) &&
        batchSize <= claim.share * samples,
    );
    const of = `exponent α of ${claim.of} of ${claim.static ?? claim.runs!.join(", ")}`;
    const expected = claim.within;
    const found = exponentOf(points);
    if (typeof found === "string") return [{ of, reading: noReading(found), expected }];
    const { fit, error } = found;
    const open = points.filter((point) => point.unsettled !== undefined);
    const unsettled = open.map((point) => `b = ${point.batchSize} ${point.unsettled}`).join("; ");
    return [
      {
        of: `${of}, b = ${fit.fitted.join(", ")}`,
        reading: {
          value: fit.exponent,
          standardError: fit.standardError,
          margin: error,
          errorBound: 0,
          ...(unsettled && { unsettled }),
          ...(open.some(({ notReached }) => notReached) && { notReached: true }),
        },
        expected,
        note: `χ² = ${fit.chiSquare.toFixed(1)} for ${fit.degrees} degrees of freedom`,
      },
    ];
  },
};

interface GapPoint extends PowerLawPoint, Pick<ClaimReading, "unsettled" | "notReached"> {
  readonly errorBound: number;
  readonly samples: number;
}

function pointsOf(claim: ExponentClaim, { statics, runs }: Evidence): GapPoint[] {
  if (claim.static !== undefined) {
    const curve = statics.get(claim.static);
    if (curve === undefined) return [];
    return curve.points
      .filter(({ gap }) => gap.standardError! > 0)
      .map(({ batchSize, gap }) => ({
        batchSize,
        value: gap.value,
        standardError: gap.standardError!,
        margin: gap.margin,
        errorBound: curve.fullbs.errorBound ?? 0,
        samples: curve.samples,
      }));
  }
  return claim.runs!.flatMap((name) => {
    const run = runs.get(name);
    const reading = settledReading(run, claim.of, { at: claim.at, unit: "none" });
    if (run === undefined || !(reading.standardError > 0)) return [];
    const { batchSize, dataset } = run.manifest;
    return [{ batchSize, samples: dataset.samples, ...reading }];
  });
}

/**
 * The power law of some points and half the width of its exponent's 95 % interval, or why there is
 * none. The numerical error of FullBS, which moves all gaps together, comes on top.
 */
export function exponentOf(
  points: ReadonlyArray<PowerLawPoint & { readonly errorBound: number }>,
): { readonly fit: PowerLawFit; readonly error: number } | string {
  const fit = fitted(points);
  if (typeof fit === "string") return fit;
  const shifts = [1, -1].map((sign) => {
    const shifted = fitted(points.map((p) => ({ ...p, value: p.value + sign * p.errorBound })));
    return typeof shifted === "string"
      ? Number.POSITIVE_INFINITY
      : Math.abs(shifted.exponent - fit.exponent);
  });
  return { fit, error: fit.interval[1] - fit.exponent + Math.max(...shifts) };
}

/** The fit, or why there is none. */
function fitted(points: readonly PowerLawPoint[]): PowerLawFit | string {
  try {
    return fitPowerLaw(points);
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
