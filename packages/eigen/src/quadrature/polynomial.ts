/**
 * How well polynomials of a degree can follow f on [a, b], by an interpolant at Chebyshev points:
 * max |f − p| over a grid of four points between its nodes. An upper bound of the best approximation as
 * far as f has no detail finer than the grid; Infinity where p misses a tenth of the range of f, because
 * then there may be such detail, or where f is not finite.
 *
 * @see Trefethen (2013), Approximation Theory and Approximation Practice, §4 and §16
 */
export function polynomialError(
  f: (x: number) => number,
  a: number,
  b: number,
  degree: number,
): number {
  const nodes = Array.from({ length: degree + 1 }, (_, j) => Math.cos((Math.PI * j) / degree));
  const at = (t: number) => f(t > 0 ? b - ((b - a) / 2) * (1 - t) : a + ((b - a) / 2) * (1 + t));
  const values = nodes.map(at);
  let worst = 0;
  let least = Math.min(...values);
  let most = Math.max(...values);
  for (let i = 0; i < 4 * degree; i++) {
    const t = Math.cos((Math.PI * (i + 0.5)) / (4 * degree));
    const value = at(t);
    let above = 0;
    let below = 0;
    // Barycentric formula; the weights of these points are ±1, and ±½ at the ends.
    for (let j = 0; j <= degree; j++) {
      const weight = ((j % 2 === 0 ? 1 : -1) * (j % degree === 0 ? 0.5 : 1)) / (t - nodes[j]!);
      above += weight * values[j]!;
      below += weight;
    }
    worst = Math.max(worst, Math.abs(value - above / below));
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const rounding = 1e-14 * Math.max(Math.abs(least), Math.abs(most));
  return worst <= (most - least) / 10 + rounding ? worst + rounding : Infinity;
}
