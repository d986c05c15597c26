import { disposeTree, layersModel, linearize } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";
import { expectNoLeak } from "../expectations.fixture.js";

const Z = [-1.7, -0.3, 0.4, 1.9, -0.9, 0.8];
const ALPHA = [0.25, -0.5, 0.3, 0.7, 1.1, 0.1];
const VZ = [0.3, -1.2, 0.7, 0.9, 1.4, -0.6];
const VA = [-0.8, 0.5, 1.1, -0.2, 0.6, 0.9];

/** Σ y³ with y = α·z for z ≤ 0, else z: gradient and Hessian-vector product, in float64. */
const prelu = Z.map((z, i) => {
  const [a, v, w] = [ALPHA[i]!, VZ[i]!, VA[i]!];
  if (z > 0) return { gz: 3 * z ** 2, ga: 0, hz: 6 * z * v, ha: 0 };
  return {
    gz: 3 * a ** 3 * z ** 2,
    ga: 3 * a ** 2 * z ** 3,
    hz: 6 * a ** 3 * z * v + 9 * a ** 2 * z ** 2 * w,
    ha: 9 * a ** 2 * z ** 2 * v + 6 * a * z ** 3 * w,
  };
});

const cubes = (y: tf.Tensor) => tf.sum(tf.pow(y, 3));

function expectClose(actual: tf.Tensor, expected: readonly number[]) {
  const numbers = actual.dataSync();
  for (const [i, x] of expected.entries()) {
    expect(Math.abs(numbers[i]! - x)).toBeLessThan(1e-6 * Math.max(1, Math.abs(x)));
  }
}

/** Compares gradient and product with [∂z, ∂α], the second where there is one. */
function check(
  loss: (p: readonly tf.Tensor[]) => tf.Tensor,
  expected: { gradient: number[][]; product: number[][] },
) {
  const count = expected.gradient.length;
  const params = [tf.tensor2d(Z, [2, 3]), tf.tensor2d(ALPHA, [2, 3])].slice(0, count);
  const v = [tf.tensor2d(VZ, [2, 3]), tf.tensor2d(VA, [2, 3])].slice(0, count);
  expectNoLeak(() => {
    const linearization = linearize(loss, params);
    const product = linearization.hvp(v);
    for (let k = 0; k < count; k++) {
      expectClose(linearization.gradient[k]!, expected.gradient[k]!);
      expectClose(product[k]!, expected.product[k]!);
    }
    disposeTree(product);
    linearization.dispose();
  });
  tf.dispose([params, v]);
}

describe.each(backends)(
  "activations with slopes and thresholds, against float64, on %s",
  (name) => {
    beforeAll(() => useBackend(name));
    const ofPrelu = {
      gradient: [prelu.map(({ gz }) => gz), prelu.map(({ ga }) => ga)],
      product: [prelu.map(({ hz }) => hz), prelu.map(({ ha }) => ha)],
    };

    it("tf.prelu, in z and α", () => {
      check(([z, a]) => cubes(tf.prelu(z!, a!)), ofPrelu);
    });

    it("the layer PReLU, in its input and its weights", () => {
      const layer = layers.layers.prelu({ inputShape: [3] });
      const model = layers.sequential({ layers: [layer] });
      const { params, apply } = layersModel(model);
      const [weight] = Object.keys(params);
      // One slope for each unit, shared by the samples.
      const shared = ALPHA.slice(0, 3);
      const rows = (f: (z: number, a: number, i: number) => number) =>
        Z.map((z, i) => (z > 0 ? 0 : f(z, shared[i % 3]!, i)));
      const overSamples = (x: number[]) => [0, 1, 2].map((j) => x[j]! + x[j + 3]!);
      const [va, vz] = [VA.slice(0, 3), VZ];
      const at = [tf.tensor2d(Z, [2, 3]), tf.tensor1d(shared)];
      const v = [tf.tensor2d(vz, [2, 3]), tf.tensor1d(va)];
      const linearization = linearize(([z, a]) => cubes(apply({ [weight!]: a! }, z!)), at);
      const [pz, pa] = linearization.hvp(v) as tf.Tensor[];
      expectClose(linearization.gradient[1]!, overSamples(rows((z, a) => 3 * a ** 2 * z ** 3)));
      expectClose(
        pz!,
        Z.map((z, i) => {
          const a = shared[i % 3]!;
          if (z > 0) return 6 * z * vz[i]!;
          return 6 * a ** 3 * z * vz[i]! + 9 * a ** 2 * z ** 2 * va[i % 3]!;
        }),
      );
      expectClose(
        pa!,
        overSamples(rows((z, a, i) => 9 * a ** 2 * z ** 2 * vz[i]! + 6 * a * z ** 3 * va[i % 3]!)),
      );
      linearization.dispose();
      model.dispose();
      tf.dispose([at, v, pz!, pa!]);
    });

    it("the layers LeakyReLU and ThresholdedReLU", () => {
      const [alpha, theta] = [0.3, 0.6];
      const leaky = layers.layers.leakyReLU({ alpha });
      const slopes = Z.map((z) => (z > 0 ? 1 : alpha));
      check(([z]) => cubes(leaky.apply(z!) as tf.Tensor), {
        gradient: [Z.map((z, i) => 3 * slopes[i]! ** 3 * z ** 2)],
        product: [Z.map((z, i) => 6 * slopes[i]! ** 3 * z * VZ[i]!)],
      });
      const thresholded = layers.layers.thresholdedReLU({ theta });
      check(([z]) => cubes(thresholded.apply(z!) as tf.Tensor), {
        gradient: [Z.map((z) => (z > theta ? 3 * z ** 2 : 0))],
        product: [Z.map((z, i) => (z > theta ? 6 * z * VZ[i]! : 0))],
      });
    });
  },
);
