/**
 * Quantile of Student's t: the x with P(T ≤ x) = probability, to twelve digits, by bisection of the
 * closed form of its distribution function for a whole number of degrees.
 *
 * @param probability in (0, 1)
 * @param degrees degrees of freedom, an integer ≥ 1
 * @throws RangeError if there is no such quantile
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4
 */
export function studentQuantile(probability: number, degrees: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`the probability of a quantile must be in (0, 1), not ${probability}`);
  }
  if (!(Number.isSafeInteger(degrees) && degrees >= 1)) {
    throw new RangeError(`degrees of freedom must be an integer from 1 on, not ${degrees}`);
  }
  const within = Math.abs(2 * probability - 1);
  let [low, high] = [0, Math.PI / 2];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (withinAngle(middle, degrees) < within) low = middle;
    else high = middle;
  }
  return Math.sign(probability - 0.5) * Math.tan((low + high) / 2) * Math.sqrt(degrees);
}

/** P(|T| ≤ √ν tan θ) for ν degrees: a polynomial in cos θ. */
function withinAngle(theta: number, degrees: number): number {
  const odd = degrees % 2 === 1;
  const cos = Math.cos(theta);
  let term = odd ? cos : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= (cos * cos * (k - 1)) / k;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}
