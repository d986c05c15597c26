import { matMul, reshape, type Tensor, tensor2d } from "@tensorflow/tfjs-core";

/**
 * A constant matrix applied along one axis: y[..., o, ...] = Σ_i A[o, i]·x[..., i, ...].
 *
 * @param rows A, [outputs][inputs]
 */
export function alongAxis(x: Tensor, axis: number, rows: number[][]): Tensor {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const inputs = x.shape[axis]!;
  const outer = before.reduce((product, size) => product * size, 1);
  const inner = after.reduce((product, size) => product * size, 1);
  const matrix = tensor2d(rows.flat(), [rows.length, inputs]);
  const product = matMul(matrix, reshape(x, [outer, inputs, inner]));
  return reshape(product, [...before, rows.length, ...after]);
}
