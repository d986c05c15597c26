/** A value of the training loss at a step. */
export interface StepLoss {
  readonly step: number;
  readonly value: number;
}

/** The rise of the training loss after a change. */
export interface Overshoot {
  /** Mean over the steps before the change. */
  readonly before: number;
  /** The highest value after it, and its step. */
  readonly highest: StepLoss;
}

/** Steps that are looked at on each side of a change. */
const AROUND = 100;

/** @returns nothing as long as there are no steps on both sides */
export function overshootAt(losses: readonly StepLoss[], change: number): Overshoot | undefined {
  const before = losses.filter(({ step }) => step < change && step >= change - AROUND);
  const after = losses.filter(({ step }) => step >= change && step < change + AROUND);
  if (before.length === 0 || after.length === 0) return undefined;
  return {
    before: before.reduce((sum, { value }) => sum + value, 0) / before.length,
    highest: after.reduce((most, one) => (one.value > most.value ? one : most)),
  };
}
