/** What was wrong with the input: a machine-readable word beside the message. */
export type EigenErrorCode =
  | "bad-setting"
  | "size-mismatch"
  | "broken-contract"
  | "out-of-range"
  | "not-finite"
  | "not-symmetric"
  | "not-adjoint"
  | "singular"
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

  static {
    // Of the family of `EossError`, without a dependency on its package.
    Object.defineProperty(EigenError.prototype, Symbol.for("eoss.error"), { value: true });
  }
}

/** Throws `EigenError("bad-setting")` unless the condition holds. */
export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new EigenError("bad-setting", message);
}

/** Throws `EigenError("bad-setting")` unless the count is 1, 2, 3, … */
export function checkCount(name: string, count: number): void {
  check(Number.isSafeInteger(count) && count > 0, `${name} must be 1, 2, 3, …, got ${say(count)}`);
}

/** Throws `EigenError("bad-setting")` unless the value is a number in [least, most]. */
export function checkNumber(
  name: string,
  value: number,
  least: number,
  most: number = Number.POSITIVE_INFINITY,
): void {
  const right = typeof value === "number" && value >= least && value <= most;
  const range = most < Infinity ? `between ${least} and ${most}` : `of at least ${least}`;
  check(right, `${name} must be a number ${range}, got ${say(value)}`);
}

/** Throws `EigenError("bad-setting")` unless 0 < p < 1. */
export function checkProbability(name: string, p: number): void {
  check(p > 0 && p < 1, `${name} must lie between 0 and 1, got ${say(p)}`);
}

/** A value as a message shows it: a string is told from the number that it looks like. */
export const say = (value: unknown): string =>
  typeof value === "string" ? `"${value.slice(0, 40)}"` : String(value);

/**
 * Refuses what arithmetic cannot handle: NaN, infinity, or a size whose square has no float64; for
 * vectors of single precision also one below 1e-36, where products lose digits.
 */
export function checkRange(size: number, products: number, epsilon = 0): void {
  const a = Math.abs(size);
  const isSingle = epsilon > 1e-12;
  if (a === 0 || (a > (isSingle ? 1e-36 : 1e-140) && a < 1e153)) return;
  if (!(a < Infinity)) notFinite(products);
  const why = isSingle ? "out of the range of float32" : "whose square no float64 holds";
  throw new EigenError(
    "out-of-range",
    `the operator is of size ${a.toExponential(0)}, ${why}: scale it towards 1, see scaled()`,
  );
}

export function notFinite(products: number): never {
  throw new EigenError(
    "not-finite",
    `product ${products} holds NaN, or numbers whose squares overflow: scale the operator towards 1, see scaled()`,
  );
}
