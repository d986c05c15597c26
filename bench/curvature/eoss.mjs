/**
 * One job with eoss, as a process of its own; prints one JSON line for each unit.
 *
 *   node bench/curvature/eoss.mjs WORK NETWORK JOB --backend wasm|native [--workers N]
 */
import { parseArgs } from "node:util";
import { mse } from "@eoss/hvp";
import { modelByName } from "@eoss/models";
import { stream } from "@eoss/rng";
import { measure, quantityByName } from "@eoss/sharpness";
import { dispose, tidy } from "@tensorflow/tfjs-core";
import { startBackend } from "./backend.mjs";
import { batchTensors, readDataset, readManifest, readParams } from "./workFolder.mjs";

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { backend: { type: "string" }, workers: { type: "string" } },
});
const [work, network, job] = positionals;
const emit = (line) => console.log(JSON.stringify(line));

await startBackend(options.backend);
const manifest = readManifest(work);
const dataset = readDataset(work);
const { checkpoints } = manifest.networks[network];
const { inputShape, classes } = manifest;
const model = modelByName(network).build({ inputShape, classes });
const everything = Int32Array.from({ length: manifest.samples }, (_, index) => index);
const probe = everything.subarray(0, manifest.probe);

/** The mean loss of some samples as a problem of its own: they are all there is. */
function problemOf(params, members) {
  const tensorsOf = (indices) =>
    batchTensors(
      dataset,
      indices.map((index) => members[index]),
    );
  return {
    params,
    samples: members.length,
    batchSize: members.length,
    head: mse,
    lossOf: (indices) => (p) => {
      const { x, y } = tensorsOf(indices);
      return mse(model.apply(p, x), y);
    },
    outputsOf: (indices) => (p) => model.apply(p, tensorsOf(indices).x),
    targetsOf: (indices) => tidy(() => tensorsOf(indices).y),
  };
}

/** At this tolerance the residual of the eigenpair is at most 1 % of its value. */
const TOLERANCE = 0.02;
const settings = {
  tolerance: TOLERANCE,
  maxBatches: 8,
  ...(options.workers && { workers: Number(options.workers) }),
};
const memory = new Map();
const measureOne = async (problem, quantity, index) => {
  const from = { ...settings, memory, stream: stream(1, "measurement").fork(index) };
  const [measurement] = await measure(problem, [quantityByName(quantity)], from);
  return measurement;
};

const last = readParams(work, network, checkpoints.at(-1));
const problem = problemOf(last, probe);
emit({ loss: tidy(() => problem.lossOf(probe)(last).dataSync()[0]) });
// The first run compiles, allocates and starts threads.
await measureOne(problem, "minibs", 1000);
await measureOne(problem, "fullbs", 1001);
memory.clear();
dispose(last);

for (const [index, { checkpoint, samples }] of manifest.jobs[job].entries()) {
  const params = readParams(work, network, checkpoints[checkpoint]);
  const members = samples === null ? everything : Int32Array.from(samples);
  const began = performance.now();
  const { value, products, status } = await measureOne(
    problemOf(params, members),
    job.startsWith("minibs") ? "minibs" : "fullbs",
    index,
  );
  emit({ seconds: (performance.now() - began) / 1000, products, value, status });
  dispose(params);
}
