import "@tensorflow/tfjs-backend-cpu";
import { crossEntropy, type SampleSet } from "@eoss/hvp";
import { stream } from "@eoss/rng";
import { measure, quantityByName, type TfjsProblem } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

/** The outputs of each sample are its inputs times w. */
function samples(inputs: number[][], labels: number[], classes: number): SampleSet {
  const outputsOf = (indices: Int32Array) => (p: { w: tf.Tensor }) =>
    tf.mul(tf.tensor2d(Array.from(indices, (k) => inputs[k]!)), p.w);
  const targetsOf = (indices: Int32Array) =>
    tf.tensor2d(
      Array.from(indices, (k) => Array.from({ length: classes }, (_, c) => +(c === labels[k]))),
    );
  return {
    samples: labels.length,
    outputsOf,
    targetsOf,
    lossOf: (indices) => (p) => crossEntropy(outputsOf(indices)(p), targetsOf(indices)),
  };
}

const inputs = [
  [1, 2, 0],
  [3, 1, 0],
  [0, 0, 5],
  [1, 1, 1],
  [0, 2, 1],
];
const options = { tolerance: 0.02, maxBatches: 8, stream: stream(1, "measurement") };

async function measured(w: number, names: string[]) {
  const problem: TfjsProblem = {
    params: { w: tf.tensor1d([w]) },
    batchSize: 2,
    head: crossEntropy,
    ...samples(inputs, [1, 0, 2, 0, 2], 3),
    heldOut: samples(inputs.slice(0, 2), [1, 1], 3),
  };
  const before = tf.memory().numTensors;
  const results = await measure(problem, names.map(quantityByName), options);
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose(problem.params as Record<string, tf.Tensor>);
  return results;
}

it("accuracy: the fraction of samples whose largest output is the target's", async () => {
  const [training, test] = await measured(1, ["accuracy", "test-accuracy"]);
  // The fourth has equal outputs, of which the first counts; the fifth is wrong.
  expect(training!.value).toBeCloseTo(4 / 5, 6);
  expect(training).toMatchObject({ samples: 5, products: 0, status: "exact" });
  expect(test!.value).toBe(1 / 2);
  expect(test!.samples).toBe(2);
  const [opposite] = await measured(-1, ["accuracy"]);
  expect(opposite!.value).toBeCloseTo(1 / 5, 6);
});

it("test-loss: the mean over held-out samples", async () => {
  const [loss, testLoss] = await measured(1, ["loss", "test-loss"]);
  const ce = (f: number[], label: number) =>
    Math.log(f.reduce((sum, v) => sum + Math.exp(v), 0)) - f[label]!;
  const expected = (ce([1, 2, 0], 1) + ce([3, 1, 0], 1)) / 2;
  expect(Math.abs(testLoss!.value - expected)).toBeLessThan(testLoss!.errorBound!);
  expect(Math.abs(loss!.value - expected)).toBeGreaterThan(0.1);
  expect(testLoss).toMatchObject({ samples: 2, status: "exact" });
});

it("marks outputs that are not numbers", async () => {
  const [broken] = await measured(Number.NaN, ["accuracy"]);
  expect(broken).toMatchObject({ value: Number.NaN, status: "not-finite" });
});

it("compares the sign of a single output with −1 and +1, and refuses other targets", async () => {
  const single = (targets: number[]): TfjsProblem => ({
    params: { w: tf.tensor1d([1]) },
    batchSize: 1,
    head: crossEntropy,
    ...samples([[1], [-2], [0], [3]], [0, 0, 0, 0], 1),
    targetsOf: (indices) =>
      tf.tensor2d(
        Array.from(indices, (k) => targets[k]!),
        [indices.length, 1],
      ),
  });
  const read = (targets: number[]) =>
    measure(single(targets), [quantityByName("accuracy")], options);
  // Right, wrong, no sign, right.
  expect((await read([1, 1, 1, 1]))[0]!.value).toBe(0.5);
  expect((await read([-1, -1, -1, 1]))[0]!.value).toBe(0.5);
  await expect(read([1, 1, 0.5, 1])).rejects.toThrow(
    /at least two outputs of a sample; the network has 1, .* but a target is 0\.5/,
  );
});
