type Vector = ArrayLike<number>;

export function norm(x: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! ** 2;
  return Math.sqrt(sum);
}

/** ‖actual − expected‖ / ‖expected‖, in float64. NaN if any entry is. */
export function relativeError(actual: Vector, expected: Vector): number {
  if (actual.length !== expected.length) {
    throw new RangeError(`lengths differ: ${actual.length} and ${expected.length}`);
  }
  let sum = 0;
  for (let i = 0; i < actual.length; i++) sum += (actual[i]! - expected[i]!) ** 2;
  return Math.sqrt(sum) / norm(expected);
}
