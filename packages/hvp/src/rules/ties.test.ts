import { disposeTree, linearize } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";

/** Among equal candidates exactly one receives the derivative, the first (as PyTorch's max pooling). */
describe.each(backends)("ties on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  const gradientOf = (f: (x: tf.Tensor) => tf.Tensor, x: number[], shape: number[]) => {
    const params = { x: tf.tensor(x, shape) };
    // The square shows in Hv as well: H = 2·g gᵀ for f with one output.
    const linearization = linearize((p) => tf.sum(tf.square(f(p.x))), params);
    const ones = { x: tf.ones(shape) };
    const product = linearization.hvp(ones);
    const result = {
      gradient: Array.from(linearization.gradient.x.dataSync()),
      product: Array.from(product.x.dataSync()),
    };
    linearization.dispose();
    disposeTree(product);
    tf.dispose([params, ones]);
    return result;
  };

  it.each([
    { name: "max", f: (x: tf.Tensor) => tf.max(x), x: [1, 3, 3, 2], first: 1 },
    { name: "min", f: (x: tf.Tensor) => tf.min(x), x: [4, 3, 5, 3], first: 1 },
    {
      name: "maxPool",
      f: (x: tf.Tensor) => tf.maxPool(tf.reshape(x, [1, 2, 2, 1]) as tf.Tensor4D, 2, 2, "valid"),
      x: [1, 3, 3, 3],
      first: 1,
    },
  ])("$name", ({ f, x, first }) => {
    const value = x[first]!;
    const { gradient, product } = gradientOf(f, x, [4]);
    expect(gradient).toEqual(x.map((_, i) => (i === first ? 2 * value : 0)));
    expect(product).toEqual(x.map((_, i) => (i === first ? 2 : 0)));
  });

  it("overlapping windows give every output its own first maximum", () => {
    const pool = (x: tf.Tensor) =>
      tf.maxPool(tf.reshape(x, [1, 1, 4, 1]) as tf.Tensor4D, [1, 2], 1, "valid");
    const { gradient } = gradientOf(pool, [5, 5, 5, 1], [4]);
    expect(gradient).toEqual([10, 10, 10, 0]);
  });

  it("a window that is all padding but one entry takes that entry, however small", () => {
    const pool = (x: tf.Tensor) =>
      tf.maxPool(tf.reshape(x, [1, 1, 2, 1]) as tf.Tensor4D, [1, 2], 1, [
        [0, 0],
        [0, 0],
        [1, 1],
        [0, 0],
      ]);
    const { gradient } = gradientOf(
      pool,
      [-1e30, -2e30].map((x) => x / 1e24),
      [2],
    );
    expect(gradient).toEqual([-4e6, -4e6]);
  });
});
