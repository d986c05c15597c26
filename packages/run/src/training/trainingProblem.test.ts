import "@tensorflow/tfjs-backend-cpu";
import { loadDataset } from "@eoss/data/node";
import { mlp, transformer } from "@eoss/models";
import { stream } from "@eoss/rng";
import { measure, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { trainingProblem } from "./trainingProblem.js";

it("knows losses, outputs and targets of training and held-out samples", async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
  const dataset = await loadDataset("digits", { samples: 20 });
  const model = mlp.build({ inputShape: dataset.inputShape, classes: 10 }, { width: [4] });
  const params = model.init(stream(1, "init"));
  const first = { ...dataset, samples: 15 };
  const problem = { ...trainingProblem(first, model, "ce", dataset), params, batchSize: 5 };
  const indices = Int32Array.of(3, 0, 7);
  const [f, y, loss] = [
    problem.outputsOf!(indices)(params),
    problem.targetsOf!(indices),
    problem.lossOf(indices)(params),
  ] as const;
  expect(tf.argMax(y, -1).arraySync()).toEqual(Array.from(indices, (k) => dataset.labels[k]));
  const rows = f.arraySync() as number[][];
  const ce = rows.map(
    (row, i) =>
      Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0)) - row[dataset.labels[indices[i]!]!]!,
  );
  expect(loss.dataSync()[0]!).toBeCloseTo(ce.reduce((sum, v) => sum + v, 0) / 3, 5);
  const measured = await measure(problem, ["loss", "test-loss"].map(quantityByName), {
    tolerance: 0.1,
    maxBatches: 8,
    stream: stream(1, "measurement"),
  });
  expect(measured.map(({ samples }) => samples)).toEqual([15, 20]);
  expect(measured[0]!.value).not.toBe(measured[1]!.value);
  tf.dispose([f, y, loss, params]);
});

it("has a target at each position of a sequence", async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
  const dataset = await loadDataset("alice", { samples: 9 });
  const task = { inputShape: dataset.inputShape, classes: dataset.classes };
  const options = { role: "decoder" as const, blocks: 1, width: 4, heads: 1, hidden: 4 };
  const model = transformer.build(task, options);
  const params = model.init(stream(1, "init"));
  const problem = trainingProblem(dataset, model, "ce");
  const indices = Int32Array.of(4, 1);
  const y = problem.targetsOf!(indices);
  const labels = [dataset.labels.subarray(64, 80), dataset.labels.subarray(16, 32)];
  expect(y.shape).toEqual([2, 16, dataset.classes]);
  expect(tf.argMax(y, -1).arraySync()).toEqual(labels.map((own) => [...own]));
  const f = problem.outputsOf!(indices)(params).arraySync() as number[][][];
  const ce = f.flatMap((rows, i) =>
    rows.map((row, t) => {
      const sum = row.reduce((total, v) => total + Math.exp(v), 0);
      return Math.log(sum) - row[labels[i]![t]!]!;
    }),
  );
  const loss = problem.lossOf(indices)(params).dataSync()[0]!;
  expect(loss).toBeCloseTo(ce.reduce((sum, v) => sum + v, 0) / 32, 5);

  // Sixteen outputs of ten classes would be broadcast over sixteen positions.
  const wrong = trainingProblem(dataset, mlp.build(task, { width: [4] }), "mse");
  const flat = mlp.build(task, { width: [4] }).init(stream(1, "init"));
  expect(() => wrong.lossOf(indices)(flat)).toThrow(/mlp has outputs \[2,37\], but alice has/);
});
