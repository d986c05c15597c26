import { hessian, mse } from "@eoss/hvp";
import { diagonalLinear, diagonalLinearSharpness, type Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../test/backend.js";

/** λmax of a dense symmetric matrix by power iteration, shifted so that the largest one wins. */
function largestEigenvalue(matrix: number[][]): number {
  const shift = Math.max(...matrix.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0)));
  let v = matrix.map((_, i) => 1 + 0.1 * i);
  let length = 0;
  for (let step = 0; step < 20_000; step++) {
    const next = matrix.map((row, i) => row.reduce((sum, x, j) => sum + x * v[j]!, shift * v[i]!));
    length = Math.hypot(...next);
    v = next.map((x) => x / length);
  }
  return length - shift;
}

/** λmax of the Hessian of the samples e_k, k in `samples`, by products with unit vectors. */
function denseSharpness(a: number[], b: number[], y: number[], samples: number[]): number {
  const inputs = a.length;
  const model = diagonalLinear.build({ inputShape: [inputs], classes: 1 });
  const params: Params = { a: tf.tensor2d(a, [inputs, 1]), b: tf.tensor2d(b, [inputs, 1]) };
  const hot = samples.map((k) => a.map((_, i) => (i === k ? 1 : 0)));
  const x = tf.tensor2d(hot, [samples.length, inputs]);
  const targets = tf.tensor2d(samples.map((k) => [y[k]!]));
  const loss = (p: Params) => mse(model.apply(p, x), targets);
  const operator = hessian({ params, chunks: [{ loss, weight: 1 }] });
  const rows = Array.from({ length: operator.n }, (_, i) => {
    const [unit, out] = [new Float64Array(operator.n), new Float64Array(operator.n)];
    unit[i] = 1;
    operator.apply(unit, out);
    return [...out];
  });
  operator.dispose();
  tf.dispose([...Object.values(params), x, targets]);
  return largestEigenvalue(rows);
}

describe("diagonalLinearSharpness", () => {
  it.each([
    { what: "at a minimum", a: [1, 2], b: [0.5, 1.5], y: [0.5, 3] },
    { what: "away from it", a: [1, -0.5], b: [0.75, 1.25], y: [2, 1] },
    { what: "three inputs", a: [0.25, 1, -2], b: [1, 0, 0.5], y: [1, -1, 0.5] },
  ])("is λmax of the dense Hessians: $what", ({ a, b, y }) => {
    const all = a.map((_, k) => k);
    const { perSample, fullBS, miniBS } = diagonalLinearSharpness(a, b, y);
    const dense = all.map((k) => denseSharpness(a, b, y, [k]));
    for (const k of all) expect(perSample[k]! / dense[k]!).toBeCloseTo(1, 5);
    expect(fullBS / denseSharpness(a, b, y, all)).toBeCloseTo(1, 5);
    expect(miniBS / (dense.reduce((sum, x) => sum + x, 0) / all.length)).toBeCloseTo(1, 5);
  });

  it("is the paper's at a minimum: λ_k = 2(a² + b²), gap = half the smaller", () => {
    const { perSample, fullBS, miniBS } = diagonalLinearSharpness([1, 2], [0.5, 1.5], [0.5, 3]);
    expect([...perSample]).toEqual([2.5, 12.5]);
    expect([fullBS, miniBS, miniBS - fullBS]).toEqual([6.25, 7.5, 1.25]);
  });
});
