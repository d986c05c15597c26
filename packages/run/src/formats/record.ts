import { type Measurement, QuantityContractError } from "@eoss/sharpness";
import { forwardError } from "@eoss/sharpness/internal";
import { STEP_LOSS } from "./names.js";
import { parseRecord } from "./parse.js";
import type { MetricRecord } from "./recordSchema.js";

/**
 * A measurement as a line of `metrics.jsonl`. JSON has no NaN: what is not finite is left out, but
 * for the value itself, which is null.
 *
 * @throws QuantityContractError if no reader would take the line, as one without its costs: a quantity
 *   of somebody else may give anything
 */
export function recordOf(
  step: number,
  measurement: Omit<Measurement, "matrix" | "over">,
): MetricRecord {
  const record = lineOf(step, measurement);
  try {
    parseRecord(JSON.stringify(record), `${measurement.quantity} at step ${step}`);
  } catch (error) {
    const { message } = error as Error;
    throw new QuantityContractError(`what was measured cannot be recorded: ${message}`, {
      cause: error,
    });
  }
  return record;
}

function lineOf(step: number, measurement: Omit<Measurement, "matrix" | "over">): MetricRecord {
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
  return lineOf(step, {
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
