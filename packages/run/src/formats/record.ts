import { forwardError, type Measurement } from "@eoss/sharpness";
import type { MetricRecord } from "./format.js";
import { STEP_LOSS } from "./names.js";

/**
 * A measurement as a line of `metrics.jsonl`. JSON has no NaN: what is not finite is left out, but
 * for the value itself, which is null.
 */
export function recordOf(
  step: number,
  measurement: Omit<Measurement, "matrix" | "over">,
): MetricRecord {
  const finite = Object.entries(measurement).filter(
    ([key, value]) => key === "value" || typeof value !== "number" || Number.isFinite(value),
  );
  return { step, ...Object.fromEntries(finite) } as unknown as MetricRecord;
}

/** The record of the update after `step` updates: the loss of its batch before it. */
export function stepLossRecord(
  step: number,
  { loss, samples, seconds }: Readonly<Record<"loss" | "samples" | "seconds", number>>,
): MetricRecord {
  return recordOf(step, {
    quantity: STEP_LOSS,
    value: loss,
    unit: "loss",
    errorBound: forwardError(loss),
    samples,
    products: 0,
    seconds,
    status: Number.isFinite(loss) ? "exact" : "not-finite",
  });
}
