import { type ComparedQuantity, quantities, type Unit } from "@eoss/sharpness";
import type { Run } from "../formats/parse.js";

type Recorded = Pick<Run, "records">;

/**
 * What a quantity is of, and its unit: what the records of some runs say, so that of a third party too.
 * Where they say nothing, as those of older versions, what the built-in one of that name says.
 */
export function describedIn(quantity: string, ...runs: readonly Recorded[]): ComparedQuantity {
  for (const { records } of runs) {
    const record = records.find((one) => one.quantity === quantity && one.unit !== undefined);
    if (record !== undefined) {
      const { unit, matrix, over } = record;
      return { unit, matrix, over };
    }
  }
  return {};
}

/** The unit of a quantity; undefined if it is not built in and its records do not say it. */
export function unitOf(quantity: string, ...runs: readonly Recorded[]): Unit | undefined {
  return describedIn(quantity, ...runs).unit ?? quantities[quantity]?.unit;
}

/** Whether values of a quantity are curvatures that bound the step size. */
export function isSharpness(quantity: string, ...runs: readonly Recorded[]): boolean {
  return unitOf(quantity, ...runs) === "sharpness";
}
