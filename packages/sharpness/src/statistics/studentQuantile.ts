/**
 * Quantile of Student's t: the x with P(T ≤ x) = probability, to twelve digits, by bisection of the
 * closed form of its distribution function for a whole number of degrees. Of infinitely many it is
 * that of the normal distribution.
 *
 * @param probability in (0, 1)
 * @param degrees degrees of freedom, an integer ≥ 1 or Infinity
 * @throws RangeError if there is no such quantile
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.10, 26.7.3 and 26.7.4
 */
export function studentQuantile(probability: number, degrees: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`the probability of a quantile must be in (0, 1), not ${probability}`);
  }
  const normal = degrees === Number.POSITIVE_INFINITY;
  if (!(normal || (Number.isSafeInteger(degrees) && degrees >= 1))) {
    throw new RangeError(`degrees of freedom must be an integer from 1 on, not ${degrees}`);
  }
  const within = Math.abs(2 * probability - 1);
  let [low, high] = [0, normal ? FARTHEST : Math.PI / 2];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    const inside = normal ? withinNormal(middle) : withinAngle(middle, degrees);
    if (inside < within) low = middle;
    else high = middle;
  }
  const middle = (low + high) / 2;
  return Math.sign(probability - 0.5) * (normal ? middle : Math.tan(middle) * Math.sqrt(degrees));
}

/** Beyond it a normal value lies less often than rounding can tell. */
const FARTHEST = 9;

/** P(|Z| ≤ x) = √(2/π) e^(−x²/2) (x + x³/3 + x⁵/(3·5) + …). */
function withinNormal(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; term > Number.EPSILON * sum; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return Math.sqrt(2 / Math.PI) * Math.exp((-x * x) / 2) * sum;
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
