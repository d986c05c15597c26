import { type OpenedRun, STEP_LOSS } from "@eoss/run";
import { z } from "zod";
import { namedSeries } from "../namedSeries.js";
import { type ClaimKind, claimFields } from "./claim.js";
import { noReading } from "./reading.js";

const schema = z.strictObject({
  ...claimFields("peak"),
  of: z.string().default(STEP_LOSS),
  /** A fork; it is compared with its parent. */
  twin: z.string(),
  /** Steps after the change in which to look. */
  steps: z.int().min(1),
  factor: z.number().gt(1),
});

/**
 * Soon after a change, a quantity of the fork is higher, at its highest, than that of its parent at
 * its highest in the same steps, by a factor at least. Both see the same batches where b is the same.
 */
export const peak: ClaimKind<typeof schema> = {
  schema,
  read({ of, twin, steps, factor }, { runs, parents }) {
    const fork = runs.get(twin);
    const parent = runs.get(parents.get(twin) ?? "");
    const at = fork?.manifest.parent?.step ?? 0;
    const highest = (run: OpenedRun | undefined) =>
      run === undefined
        ? Number.NaN
        : namedSeries(run, of, "none")
            .filter(({ step }) => step >= at && step <= at + steps)
            .reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const value = highest(fork) / highest(parent);
    const exact = { value, standardError: 0, margin: 0, errorBound: 0 };
    return [
      {
        of: `highest ${of} of ${twin} divided by that of its parent, steps ${at} to ${at + steps}`,
        reading: Number.isFinite(value)
          ? exact
          : noReading(`${of} was not measured in both runs in these steps`),
        expected: [factor, null],
      },
    ];
  },
};
