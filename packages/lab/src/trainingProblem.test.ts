import "@tensorflow/tfjs-backend-cpu";
import { loadDataset } from "@eoss/data/node";
import { mlp } from "@eoss/models";
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
  const first = { ...dataset, size: 15 };
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
