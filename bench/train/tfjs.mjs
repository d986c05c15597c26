/**
 * One side of the comparison: training steps on a backend, wasm or native. See turns.mjs for its input.
 */
import { createInterface } from "node:readline";
import { disposeTree, meanGradient, mse } from "@eoss/hvp";
import { modelByName } from "@eoss/models";
import { stream } from "@eoss/rng";
import { sgd } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../curvature/backend.mjs";
import { cpuTime } from "./cpuTime.mjs";

await startBackend(process.argv[2]);

/** Parameters and a batch, uploaded once. */
function problemOf(network, batch) {
  const model = modelByName(network).build({ inputShape: [32, 32, 3], classes: 10 });
  const state = sgd.init(model.init(stream(0, "init")));
  const [x, y] = [normal([batch, 32, 32, 3], "inputs"), normal([batch, 10], "targets")];
  return { state, chunks: [{ loss: (params) => mse(model.apply(params, x), y), weight: 1 }] };
}

function normal(shape, name) {
  const random = stream(0, name);
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => random.normalAt(i)),
    shape,
  );
}

/** The gradient of the batch's mean loss, the update, and the loss as a number. */
function step(problem) {
  const { loss, gradient } = meanGradient({ params: problem.state.params, chunks: problem.chunks });
  problem.state = sgd.step(gradient, problem.state, { learningRate: 1e-6 });
  disposeTree(gradient);
  return loss;
}

const problems = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const { network, batch, steps } = JSON.parse(line);
  const key = `${network} ${batch}`;
  if (!problems.has(key)) problems.set(key, problemOf(network, batch));
  const times = [];
  for (let i = 0; i < steps; i++) {
    const [began, before] = [performance.now(), cpuTime()];
    step(problems.get(key));
    times.push({ wall: performance.now() - began, cpu: cpuTime() - before });
  }
  console.log(JSON.stringify(times));
}
