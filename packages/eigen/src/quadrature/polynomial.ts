/**
 * How well polynomials of a degree can follow f on [a, b], by an interpolant at Chebyshev points:
 * max |f − p| over a grid of four points between its nodes and over more points. An upper bound of the best
 * approximation as far as f has no detail finer than the grid; Infinity where p misses a tenth of the range of f, because
 * then there may be such detail, or where f is not finite.
 *
 * @see Trefethen (2013), Approximation Theory and Approximation Practice, §4 and §16
 */
export function polynomialError(
  f: (x: number) => number,
  a: number,
  b: number,
  degree: number,
  points: readonly number[] = [],
): number {
  const nodes = Array.from({ length: degree + 1 }, (_, j) => Math.cos((Math.PI * j) / degree));
  const half = (b - a) / 2;
  const at = (t: number) => f(t > 0 ? b - half * (1 - t) : a + half * (1 + t));
  const values = nodes.map(at);
  let worst = 0;
  let least = Math.min(...values);
  let most = Math.max(...values);
  const compare = (t: number, value: number) => {
    let above = 0;
    let below = 0;
    // Barycentric formula; the weights of these points are ±1, and ±½ at the ends.
    for (let j = 0; j <= degree; j++) {
      const weight = ((j % 2 === 0 ? 1 : -1) * (j % degree === 0 ? 0.5 : 1)) / (t - nodes[j]!);
      above += weight * values[j]!;
      below += weight;
    }
    least = Math.min(least, value);
    most = Math.max(most, value);
    const error = Math.abs(value - above / below);
    // At a node of the interpolant there is no error to be seen.
    if (below > -Infinity && below < Infinity) worst = Math.max(worst, error);
  };
  for (let i = 0; i < 4 * degree; i++) {
    const t = Math.cos((Math.PI * (i + 0.5)) / (4 * degree));
    compare(t, at(t));
  }
  for (const x of points) if (half > 0) compare((x - a) / half - 1, f(x));
  const rounding = 1e-14 * Math.max(Math.abs(least), Math.abs(most));
  // NaN is passed on, and is not less.
  return worst <= (most - least) / 10 + rounding ? worst + rounding : Infinity;
}
