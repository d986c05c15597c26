/**
 * What the error bound of an eigenvalue says, from the strongest to the weakest: `certified`; or
 * `uncertified` where a residual bounds it and nothing says how likely an eigenvalue above it was
 * missed; or `assumed` where it rests on gaps to other eigenvalues, residual²/gap of a value and residual/gap of a direction, and one may be missed there.
 */
export const ERROR_KINDS = ["certified", "uncertified", "assumed"] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

/**
 * Which eigenvalues are certified: all; or, "auto", all but those of batches that the Gauss–Newton matrix
 * gives at a quarter of the products, `assumed` then; or none that a cheaper search finds.
 */
export const CERTIFY = ["auto", "all", "off"] as const;
export type Certify = (typeof CERTIFY)[number];

/** λmax lies above value + error bound in at most one of so many certified measurements. */
export const FAILURE = 1e-3;

/** What is printed of each kind, wherever an error bound is explained. */
export const errorSentences: Readonly<Record<ErrorKind, string>> = {
  certified: `λmax is above the value by at most the error bound, with a probability of ${100 * (1 - FAILURE)} %; rounding is included`,
  uncertified:
    "an eigenvalue lies within the error bound of the value; no probability is known that it is λmax",
  assumed:
    "the error bound assumes that no eigenvalue was missed next to those that were found; its probability is unknown",
};

/** The kind of a number that comes from several; what is undefined has no part in it. */
export function weakestKind(...kinds: readonly (ErrorKind | undefined)[]): ErrorKind | undefined {
  return ERROR_KINDS.findLast((kind) => kinds.includes(kind));
}
