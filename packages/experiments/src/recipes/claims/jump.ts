import type { OpenedRun } from "@eoss/run";
import { z } from "zod";
import { namedSeries } from "../namedSeries.js";
import { type ClaimKind, type ClaimPart, claimFields } from "./claim.js";
import { type ClaimReading, differenceOfReadings, measured, noReading } from "./reading.js";

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
  read({ of, twin, direction, errors, negligible }, { runs, parents }) {
    const fork = runs.get(twin);
    const step = fork?.manifest.parent?.step;
    const [after, before] = [fork, runs.get(parents.get(twin) ?? "")].map((run) =>
      run && step !== undefined ? measuredAt(run, of, step) : undefined,
    );
    const known = after !== undefined && before !== undefined;
    const most = negligible * Math.abs(before?.value ?? 0);
    const ranges: Record<typeof direction, ClaimPart["expected"]> = {
      up: [0, null],
      down: [null, 0],
      none: [-most, most],
    };
    return [
      {
        of: `${of} of ${twin} at step ${step}, change`,
        reading: known
          ? differenceOfReadings(after, before)
          : noReading(`${of} was not measured at step ${step} of both runs`),
        expected: ranges[direction],
        errors,
      },
    ];
  },
};

function measuredAt(run: OpenedRun, quantity: string, at: number): ClaimReading | undefined {
  const point = namedSeries(run, quantity, "none").find(({ step }) => step === at);
  return point === undefined ? undefined : measured(point);
}
