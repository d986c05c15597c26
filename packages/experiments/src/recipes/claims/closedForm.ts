import { newestCheckpoint } from "@eoss/lab/internal";
import { diagonalLinearSharpness } from "@eoss/models";
import type { OpenedRun } from "@eoss/run";
import { z } from "zod";
import { type ClaimKind, claimFields, runNames } from "./claim.js";
import { type ClaimReading, readingOf } from "./reading.js";

/** Where the closed form is λmax over all samples, and where the mean over single ones. */
const FORMS = { fullbs: "fullBS", minibs: "miniBS" } as const;

const schema = z.strictObject({
  ...claimFields("closed-form"),
  /** minibs: of runs with b = 1. */
  of: z.enum(["fullbs", "minibs"]),
  runs: runNames,
  /** Relative difference that is still agreement. */
  tolerance: z.number().positive().default(0.05),
});

/**
 * What was measured at the end of a run of the toy model agrees with its closed form at the same
 * parameters, `diagonalLinearSharpness`.
 */
export const closedForm: ClaimKind<typeof schema> = {
  schema,
  read: ({ of, runs, tolerance }, evidence) =>
    (runs ?? [...evidence.runs.keys()]).map((name) => {
      const run = evidence.runs.get(name);
      const measured = readingOf(run, of, { at: "end", unit: "none" });
      const exact = run === undefined ? undefined : exactOf(run, of);
      return {
        of: `${of} of ${name} at the last step, divided by the closed form`,
        reading: over(measured, exact),
        expected: [1 - tolerance, 1 + tolerance],
      };
    }),
};

/** The closed form at the parameters of the last step; undefined without them. */
function exactOf(run: OpenedRun, of: keyof typeof FORMS): number | undefined {
  const { dataset, model } = run.manifest;
  if (model.name !== "diagonal-linear" || dataset.name !== "two-point") return undefined;
  const { state } = newestCheckpoint(run.directory, run.lastStep, () => {}) ?? {};
  if (state?.step !== run.lastStep) return undefined;
  const [a, b] = [state.params.a!.values, state.params.b!.values];
  return diagonalLinearSharpness(a, b, [1, 1])[FORMS[of]];
}

function over(measured: ClaimReading, exact: number | undefined): ClaimReading {
  if (exact === undefined) {
    return { ...measured, value: Number.NaN, unsettled: "this run has no closed form" };
  }
  return {
    ...measured,
    value: measured.value / exact,
    standardError: measured.standardError / exact,
    margin: measured.margin / exact,
    errorBound: measured.errorBound / exact,
  };
}
