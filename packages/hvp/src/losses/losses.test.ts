import { gradient, linearize, losses } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "../backend.fixture.js";
import { expectNoLeak, FLOAT32, relativeError } from "../expectations.fixture.js";

/** Loss and gradient with respect to the outputs, as numbers. */
function evaluate(name: keyof typeof losses, outputs: tf.Tensor, targets: tf.Tensor) {
  const result = gradient(([f]: readonly tf.Tensor[]) => losses[name](f!, targets), [outputs]);
  const values = {
    loss: result.loss.dataSync()[0]!,
    gradient: [...result.gradient[0]!.dataSync()],
  };
  tf.dispose([result.loss, ...result.gradient]);
  return values;
}

describe("loss heads", () => {
  it.each([
    // By hand: (0.5² + 1²) + (2² + 1²) over two observations.
    { name: "mse", f: [0.5, 1, 2, 0], y: [0, 0, 0, 1], loss: 6.25 / 2 },
    // log(e⁰ + e^log3) − 0 and log(1 + 1) − 0.
    { name: "ce", f: [0, Math.log(3), 5, 5], y: [1, 0, 0, 1], loss: Math.log(8) / 2 },
    // log(1 + e⁰) twice and log(1 + e^log3) − log 3, log(1 + e^log3).
    {
      name: "bce",
      f: [0, 0, Math.log(3), Math.log(3)],
      y: [1, 0, 1, 0],
      loss: (2 * Math.LN2 + Math.log(16 / 3)) / 2,
    },
  ] as const)("$name of two observations", ({ name, f, y, loss }) => {
    expectNoLeak(() => {
      const [outputs, targets] = [tf.tensor2d([...f], [2, 2]), tf.tensor2d([...y], [2, 2])];
      expect(relativeError([evaluate(name, outputs, targets).loss], [loss])).toBeLessThan(FLOAT32);
      // The same numbers as one sequence of two positions: every position is an observation.
      const sequence = tf.reshape(outputs, [1, 2, 2]);
      const next = tf.reshape(targets, [1, 2, 2]);
      expect(evaluate(name, sequence, next)).toEqual(evaluate(name, outputs, targets));
      tf.dispose([outputs, targets, sequence, next]);
    });
  });

  it.each(["mse", "ce", "bce"] as const)("%s refuses targets of another shape", (name) => {
    const outputs = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    // Each of them would be broadcast: over outputs, over samples, over both.
    const others = [[3, 1], [2], [1, 2], [1], [], [3, 3], [1, 3, 2]].map((shape) => tf.ones(shape));
    for (const targets of [...others, tf.ones([2], "int32")]) {
      const shapes = `the outputs have shape [3,2], the targets [${targets.shape}]`;
      expect(() => losses[name](outputs, targets)).toThrow(shapes);
      expect(() => evaluate(name, outputs, targets)).toThrow(RangeError);
      targets.dispose();
    }
    expect(() => losses[name](outputs, [1, 2] as never)).toThrow("the targets are no tensor");
    outputs.dispose();
  });

  it("ce is exact for logits of ±1e4", () => {
    const outputs = tf.tensor2d([1e4, -1e4, 1e4, -1e4], [2, 2]);
    const targets = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    expect(evaluate("ce", outputs, targets)).toEqual({ loss: 1e4, gradient: [0, 0, 0.5, -0.5] });
    tf.dispose([outputs, targets]);
  });

  it("bce is exact for logits of ±1e4, and smooth at 0", () => {
    const outputs = tf.tensor2d([1e4, -1e4, 1e4, -1e4], [2, 2]);
    const targets = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    expect(evaluate("bce", outputs, targets)).toEqual({ loss: 1e4, gradient: [0, 0, 0.5, -0.5] });
    const [zero, no] = [tf.zeros([1, 1]), tf.zeros([1, 1])];
    expect(evaluate("bce", zero, no).gradient).toEqual([0.5]);
    const head = linearize(([f]: readonly tf.Tensor[]) => losses.bce(f!, no), [zero]);
    const one = tf.ones([1, 1]);
    const [product] = head.hvp([one]);
    expect(product!.dataSync()[0]).toBe(0.25); // p(1 − p)
    head.dispose();
    tf.dispose([outputs, targets, zero, no, one, product!]);
  });
});
