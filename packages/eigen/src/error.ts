/** What was wrong with the input: a machine-readable word beside the message. */
export type EigenErrorCode =
  | "bad-setting"
  | "size-mismatch"
  | "not-finite"
  | "not-symmetric"
  | "not-positive-definite"
  | "no-result";

/**
 * Thrown when the input makes no right answer possible (a product of the wrong length, NaN, an
 * operator that is not symmetric). A solve that merely did not converge never throws: its result
 * says so in `status`.
 */
export class EigenError extends Error {
  override readonly name = "EigenError";
  readonly code: EigenErrorCode;

  constructor(code: EigenErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Throws `EigenError("bad-setting")` unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new EigenError("bad-setting", message);
}

/** Throws `EigenError("bad-setting")` unless the count is 1, 2, 3, … */
export function checkCount(name: string, count: number): void {
  check(Number.isSafeInteger(count) && count > 0, `${name} = ${count} must be a positive integer`);
}

/** Refuses what arithmetic cannot handle: NaN, infinity, or a size whose square has no float64. */
export function checkRange(size: number, products: number): void {
  const a = Math.abs(size);
  if (a === 0 || (a > 1e-140 && a < 1e153)) return;
  throw new EigenError(
    "not-finite",
    `product ${products} has size ${size}: NaN, or scale the operator towards 1`,
  );
}
