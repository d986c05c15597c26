import { float32, lanczos } from "@eoss/eigen";
import { flatten, type Linearization, layoutOf, unflatten } from "@eoss/hvp";
import type { Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** λmax of a linearised loss by Lanczos from its gradient, to a residual of 3e-4. */
export function topEigenvalue(linearization: Linearization<Params>, params: Params): number {
  const { size } = layoutOf(params);
  const operator = {
    n: size,
    apply(x: Float32Array, out: Float32Array) {
      const direction = unflatten(x, params);
      const product = linearization.hvp(direction);
      flatten(product, out);
      tf.dispose([direction, product]);
    },
  };
  const start = flatten(linearization.gradient, new Float32Array(size));
  const { values, status } = lanczos({ rtol: 3e-4, space: float32() })(operator, { start });
  expect(status).toBe("converged");
  return values[0]!;
}
