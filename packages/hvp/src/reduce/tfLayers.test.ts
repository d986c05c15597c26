import {
  type CurvatureOperator,
  denseGradientMoments,
  fisher,
  gaussNewton,
  hessian,
  layersModel,
  losses,
  mse,
} from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak, relativeError } from "../expectations.fixture.js";
import { dot } from "../parameters/vectors.js";
import { image, normalTensor } from "../tensors.fixture.js";

const random = (shape: number[], id: number, scale = 1) =>
  normalTensor(stream(3, "reduce layers").fork(id), shape, scale);

const L = tfl.layers;
const model = (...layers: tfl.layers.Layer[]) => {
  const made = tfl.sequential({ layers });
  made.setWeights(made.getWeights().map((w, k) => random(w.shape, k, 1 / Math.sqrt(w.shape[0]!))));
  return made;
};

/** Checks that the one operator is the other one in the coordinates of its span. */
function expectTheSame(reduced: CurvatureOperator, whole: CurvatureOperator) {
  const directions = Array.from({ length: reduced.n }, (_, k) =>
    reduced.lift(Float64Array.from({ length: reduced.n }, (_, i) => Number(i === k))),
  );
  for (let probe = 0; probe < 4; probe++) {
    const v = Float64Array.from(stream(5, "probes").fork(probe).normals(whole.n));
    const z = Float64Array.from(directions, (q) => dot(q, v));
    const expected = image(whole, v);
    expect(relativeError(reduced.lift(image(reduced, z)), expected)).toBeLessThan(1e-5);
  }
  expect(relativeError(reduced.lift(reduced.gradient), whole.gradient)).toBeLessThan(1e-5);
}

const x = random([2, 12], 50);
const targets = random([2, 2], 51);

describe("dense layers of tf.layers", () => {
  it.each([
    ["tanh, cross-entropy", "tanh", losses.ce, 2 * 12 + 12 + 2 * 24 + 12 + 12 * 2 + 2],
    ["relu, squared error", "relu", mse, 2 * 12 + 12 + 2 * 24 + 12 + 12 * 2 + 2],
    ["linear, squared error", undefined, mse, 2 * 12 + 12 + 2 * 24 + 12 + 12 * 2 + 2],
  ] as const)("reduce, %s", (_, activation, head, coordinates) => {
    const dense = (units: number) => L.dense({ units, ...(activation && { activation }) });
    const net = model(
      L.inputLayer({ inputShape: [4, 3] }),
      L.flatten(),
      dense(12),
      dense(12),
      L.dense({ units: 2 }),
    );
    const { params, apply } = layersModel(net);
    const input = tf.reshape(x, [2, 4, 3]);
    const chunks = [
      {
        loss: (p: typeof params) => head(apply(p, input), targets),
        outputs: (p: typeof params) => apply(p, input),
        targets,
        weight: 1,
      },
    ];
    expectNoLeak(() => {
      const reduced = hessian({ params, chunks, reduce: true });
      const whole = hessian({ params, chunks });
      expect(reduced.unreduced).toBeUndefined();
      expect(reduced.n).toBeLessThanOrEqual(coordinates);
      expect(whole.n).toBe(12 * 12 + 12 + 12 * 12 + 12 + 12 * 2 + 2);
      expectTheSame(reduced, whole);
      const options = { params, chunks, head, reduce: true };
      for (const make of [
        gaussNewton,
        (o: typeof options) => fisher({ ...o, kind: "empirical" }),
      ]) {
        const a = make(options);
        const b = make({ ...options, reduce: false });
        expect(a.n).toBeLessThan(b.n);
        expectTheSame(a, b);
        a.dispose();
        b.dispose();
      }
      const duals = [reduced, whole].map((h) => {
        const dual = h.gaussNewtonDual()!;
        const { n } = dual;
        dual.dispose();
        return n;
      });
      expect(duals).toEqual([4, 4]);
      const moments = denseGradientMoments({ params, chunks: [{ ...chunks[0]!, samples: 2 }] })!;
      const mean = whole.gradient;
      expect(Math.hypot(...moments.mean.map((x, k) => x - mean[k]!))).toBeLessThan(1e-5);
      reduced.dispose();
      whole.dispose();
    });
    input.dispose();
  });

  it("says why where it does not", () => {
    const unreduced = (net: tfl.LayersModel, input: tf.Tensor, repeat = 1) => {
      const { params, apply } = layersModel(net);
      const chunk = {
        loss: (p: typeof params) => tf.mean(tf.square(apply(p, input))),
        weight: 1 / repeat,
      };
      const h = hessian({ params, chunks: Array(repeat).fill(chunk), reduce: true });
      const whole = hessian({ params, chunks: [{ ...chunk, weight: 1 }] });
      expect(h.n).toBe(whole.n);
      h.dispose();
      whole.dispose();
      return h.unreduced;
    };
    const dense = model(L.dense({ inputShape: [12], units: 3 }));
    const kernel = dense.weights[0]!.name;
    expect(unreduced(dense, random([7, 12], 60))).toBe(
      `${kernel} [12,3] is too small for 7 samples`,
    );
    expect(unreduced(dense, x, 2)).toBe("there are 2 chunks of samples");
    expect(unreduced(dense, tf.zeros([2, 12]))).toBe(
      `${kernel} has inputs or slopes that are zero or not finite`,
    );
    const overTime = model(L.dense({ inputShape: [2, 12], units: 3 }));
    expect(unreduced(overTime, random([2, 2, 12], 61))).toBe(
      `${overTime.weights[0]!.name} does not enter as one product a·W, and nowhere else`,
    );
    const image = model(L.conv2d({ inputShape: [3, 3, 1], filters: 2, kernelSize: 2 }));
    expect(unreduced(image, random([2, 3, 3, 1], 62))).toBe("no parameter is a matrix");
  });
});
