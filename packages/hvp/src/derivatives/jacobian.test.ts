import { disposeTree, flatten, jacobian, linearize, losses, unflatten } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak, FLOAT32, relativeError } from "../expectations.fixture.js";
import { curvatureCases } from "../operators/curvatureCases.fixture.js";

const { dense, tensors } = curvatureCases[0]!;
const rows = dense().jacobian;
const random = stream(9, "jacobian");

describe("jacobian", () => {
  it("jvp and vjp are products with the dense Jacobian and its transpose", () => {
    expectNoLeak(() => {
      const { params, chunks, dispose } = tensors();
      const j = jacobian(chunks[0]!.outputs, params);
      const v = random.fork(0).normals(26);
      const u = random.fork(1).normals(14);
      const [direction, dual] = [unflatten(v, params), tf.tensor(u, [7, 2])];
      for (let again = 0; again < 2; again++) {
        const forward = j.jvp(direction);
        const expected = rows.map((row) => row.reduce((sum, x, k) => sum + x * v[k]!, 0));
        expect(relativeError(forward.dataSync(), expected)).toBeLessThan(FLOAT32);
        const backward = j.vjp(dual);
        const transposed = rows[0]!.map((_, k) =>
          rows.reduce((sum, row, o) => sum + row[k]! * u[o]!, 0),
        );
        const actual = flatten(backward, new Float32Array(26));
        expect(relativeError(actual, transposed)).toBeLessThan(FLOAT32);
        forward.dispose();
        disposeTree(backward);
      }
      disposeTree(direction);
      expect(() => j.vjp(params.b2)).toThrow("the outputs have shape [7,2], u has [2]");
      j.dispose();
      expect(() => j.vjp(dual)).toThrow("disposed");
      dual.dispose();
      dispose();
    });
  });

  it("gives zero for parameters without influence, and does not take them over", () => {
    expectNoLeak(() => {
      const params = { used: tf.tensor1d([1, 2]), unused: tf.tensor1d([3]) };
      const j = jacobian((p) => p.used, params);
      const v = { used: tf.tensor1d([5, 6]), unused: tf.tensor1d([7]) };
      const [forward, backward] = [j.jvp(v), j.vjp(v.used)];
      expect([...forward.dataSync()]).toEqual([5, 6]);
      expect([...backward.used.dataSync(), ...backward.unused.dataSync()]).toEqual([5, 6, 0]);
      tf.dispose([forward, backward, v]);
      j.dispose();
      expect([...params.used.dataSync()]).toEqual([1, 2]);
      tf.dispose(params);
    });
  });

  it("refuses what is no differentiable function of the parameters", () => {
    expectNoLeak(() => {
      const params = { a: tf.scalar(1) };
      expect(() => jacobian(() => tf.scalar(2), params)).toThrow(
        "the function does not depend on the parameters",
      );
      const whole = { a: tf.scalar(1, "int32") };
      expect(() => jacobian((p) => p.a, whole)).toThrow("parameter a is int32, not float32");
      tf.dispose([params, whole]);
    });
  });
});

describe("linearize: first-order products", () => {
  it("jvp is the slope along v, vjp a multiple of the gradient", () => {
    expectNoLeak(() => {
      const { params, chunks, dispose } = tensors();
      const { outputs, targets } = chunks[0]!;
      const linearization = linearize(
        (p: typeof params) => losses.mse(outputs(p), targets),
        params,
      );
      const v = random.fork(2).normals(26);
      const direction = unflatten(v, params);
      const mean = rows[0]!.map((_, k) => dense().gradients.reduce((sum, g) => sum + g[k]! / 7, 0));
      const slope = linearization.jvp(direction);
      const scaled = linearization.vjp(3);
      const expected = mean.reduce((sum, g, k) => sum + g * v[k]!, 0);
      expect(relativeError(slope.dataSync(), [expected])).toBeLessThan(FLOAT32);
      const actual = flatten(scaled, new Float32Array(26));
      expect(
        relativeError(
          actual,
          mean.map((g) => 3 * g),
        ),
      ).toBeLessThan(FLOAT32);
      tf.dispose([slope, scaled, direction]);
      linearization.dispose();
      dispose();
    });
  });

  it("refuses a direction of another shape", () => {
    const { params, chunks, dispose } = tensors();
    const { outputs, targets } = chunks[0]!;
    const linearization = linearize((p: typeof params) => losses.mse(outputs(p), targets), params);
    const wrong = { ...params, b2: params.b1 };
    expect(() => linearization.hvp(wrong)).toThrow("parameter b2 has shape [2], v has [4] there");
    linearization.dispose();
    dispose();
  });
});
