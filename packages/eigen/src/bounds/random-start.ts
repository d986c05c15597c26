/** What is known after `steps` Lanczos steps from a random start. */
export interface RandomStartInput {
  /** Size of the operator. */
  readonly n: number;
  /** Products so far, without restart. */
  readonly steps: number;
  /** Largest and smallest Ritz value. */
  readonly largest: number;
  readonly smallest: number;
  /** Probability with which the bound is to hold, in (0, 1). */
  readonly probability: number;
}

/**
 * Upper bound of λmax after Lanczos from a start drawn uniformly from the unit sphere.
 *
 *   P( λ₁ − θ₁ > ε·(λ₁ − λₙ) ) ≤ 1.648·√n·exp(−√ε·(2j − 1))    after j steps
 *
 * The theorem is stated for A ⪰ 0; shifting by λₙ gives it for any symmetric A, and applying it to
 * −A as well bounds the spread λ₁ − λₙ ≤ (θ₁ − θₘ)/(1 − 2ε), which is not known otherwise. A
 * solver stops at a step that depends on the data, so the failure probability is divided over all
 * steps (6/(π²j²)): the bound then holds at every step at once.
 *
 * @returns a value that λmax exceeds with probability at most 1 − `probability`; Infinity while
 *   the steps are too few to say anything
 * @see Kuczyński & Woźniakowski (1992), Estimating the largest eigenvalue by the power and Lanczos
 *   algorithms with a random start, Theorem 3.2
 */
export function kuczynskiWozniakowski(input: RandomStartInput): number {
  const { n, steps, largest, smallest, probability } = input;
  return randomStartBound(n, steps, largest, smallest, probability);
}

/** The same for the solver, where each name would cost its users bytes. */
export function randomStartBound(
  n: number,
  steps: number,
  largest: number,
  smallest: number,
  probability: number,
): number {
  if (steps >= n) return largest;
  const failure = ((1 - probability) * 6) / (Math.PI * steps) ** 2;
  const root = Math.log((1.648 * Math.sqrt(n) * 2) / failure) / (2 * steps - 1);
  const epsilon = root ** 2;
  return epsilon < 0.5 ? largest + (epsilon * (largest - smallest)) / (1 - 2 * epsilon) : Infinity;
}
