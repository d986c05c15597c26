import { quantities, type Unit } from "@eoss/sharpness";
import type { Run } from "./read.js";

type Recorded = Pick<Run, "records">;

/**
 * The unit of a quantity: what the records of some runs say, so that of a third party too. Where they
 * say nothing, as those of older versions, that of the built-in quantity; undefined if it is none.
 */
export function unitOf(quantity: string, ...runs: readonly Recorded[]): Unit | undefined {
  for (const { records } of runs) {
    const unit = records.find((record) => record.quantity === quantity)?.unit;
    if (unit !== undefined) return unit;
  }
  return quantities[quantity]?.unit;
}

/** Whether values of a quantity compare with 2/η. */
export function isSharpness(quantity: string, ...runs: readonly Recorded[]): boolean {
  return unitOf(quantity, ...runs) === "sharpness";
}
