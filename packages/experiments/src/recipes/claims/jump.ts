import type { OpenedRun } from "@eoss/run";
import { z } from "zod";
import { namedSeries } from "../namedSeries.js";
import { type ClaimKind, claimFields, type Measured } from "./claim.js";
import { type ClaimReading, differenceOfReadings, finite, inRange, measured } from "./reading.js";

const schema = z.strictObject({
  ...claimFields("jump"),
  of: z.string(),
  /** A fork; it is compared with its parent at the step where they part. */
  twin: z.string(),
  direction: z.enum(["up", "down", "none"]),
  errors: z.number().positive().default(3),
  /** Of "none": a change certainly below this part of the value is none. */
  negligible: z.number().positive().default(0.02),
});

/**
 * What a change in mid-run does at once: the same parameters, measured with the old settings (parent)
 * and the new ones (fork).
 */
export const jump: ClaimKind<typeof schema> = {
  schema,
  check({ of, twin, direction, errors, negligible }, { runs, parents }) {
    const fork = runs.get(twin);
    const step = fork?.manifest.parent?.step;
    const [after, before] = [fork, runs.get(parents.get(twin) ?? "")].map((run) =>
      run && step !== undefined ? measuredAt(run, of, step) : undefined,
    );
    const name = `${of} of ${twin} at step ${step}, change`;
    if (after === undefined || before === undefined) {
      return [missing(name, `${of} was not measured at step ${step} of both runs`)];
    }
    const change = differenceOfReadings(after, before, errors);
    if (direction === "none") {
      const most = negligible * Math.abs(before.value);
      return [inRange(name, change, [-most, most])];
    }
    return [inRange(name, change, direction === "up" ? [0, null] : [null, 0])];
  },
};

function measuredAt(run: OpenedRun, quantity: string, at: number): ClaimReading | undefined {
  const point = namedSeries(run, quantity, "none").find(({ step }) => step === at);
  return point === undefined ? undefined : measured(point);
}

function missing(of: string, note: string): Measured {
  return { of, value: finite(Number.NaN), error: null, expected: "", verdict: "undecided", note };
}
