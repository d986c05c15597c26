/**
 * What the error bound of an eigenvalue says: `certified`, or `uncertified` where a residual bounds it
 * and nothing says how likely an eigenvalue above it was missed.
 */
export type ErrorKind = "certified" | "uncertified";

/** λmax lies above value + error bound in at most one of so many certified measurements. */
export const FAILURE = 1e-3;

/** What is printed of each kind, wherever an error bound is explained. */
export const errorSentences: Readonly<Record<ErrorKind, string>> = {
  certified: `λmax is above the value by at most the error bound, with a probability of ${100 * (1 - FAILURE)} %; rounding is included`,
  uncertified:
    "an eigenvalue lies within the error bound of the value; no probability is known that it is λmax",
};

/** The kind of a number that comes from several; what is undefined has no part in it. */
export function weakestKind(...kinds: readonly (ErrorKind | undefined)[]): ErrorKind | undefined {
  return kinds.includes("uncertified") ? "uncertified" : kinds.find((kind) => kind !== undefined);
}
