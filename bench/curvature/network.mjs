/** A network of the work folder in this process: its losses, and products with their Hessians. */
import { hessian, mse } from "@eoss/hvp";
import { modelByName } from "@eoss/models";
import { stream } from "@eoss/rng";
import { measure, quantityByName } from "@eoss/sharpness";
import { dispose, tidy } from "@tensorflow/tfjs-core";
import { batchTensors, readDataset, readManifest, readParams } from "./workFolder.mjs";

/** At this tolerance the residual of the eigenpair is at most 1 % of its value. */
const settings = { tolerance: 0.02, maxBatches: 8 };

export function openNetwork(work, network) {
  const manifest = readManifest(work);
  const dataset = readDataset(work);
  const { checkpoints } = manifest.networks[network];
  const { inputShape, classes } = manifest;
  const model = modelByName(network).build({ inputShape, classes });
  const everything = Int32Array.from({ length: manifest.samples }, (_, index) => index);
  const memory = new Map();
  const operators = new Map();
  let at;
  let params;
  let members;

  /** Goes to a checkpoint; what was made elsewhere is forgotten. */
  function moveTo(checkpoint) {
    if (checkpoint === at) return;
    for (const operator of operators.values()) operator.dispose();
    operators.clear();
    if (params) dispose(params);
    params = readParams(work, network, checkpoints[checkpoint]);
    at = checkpoint;
  }
  const tensorsOf = (indices) =>
    batchTensors(
      dataset,
      indices.map((index) => members[index]),
    );
  // The same functions for all units: what is found out about their memory stays true.
  const functions = {
    lossOf: (indices) => (p) => {
      const { x, y } = tensorsOf(indices);
      return mse(model.apply(p, x), y);
    },
    outputsOf: (indices) => (p) => model.apply(p, tensorsOf(indices).x),
    targetsOf: (indices) => tidy(() => tensorsOf(indices).y),
  };

  return {
    /** The units of a job, each with the checkpoint and the samples whose mean loss it is about. */
    unitsOf: (job) =>
      manifest.jobs[job].map(({ checkpoint, samples }) => ({
        checkpoint,
        samples: samples === null ? everything : Int32Array.from(samples),
      })),
    probe: { checkpoint: checkpoints.length - 1, samples: everything.slice(0, manifest.probe) },

    loss({ checkpoint, samples }) {
      moveTo(checkpoint);
      members = samples;
      return tidy(
        () => functions.lossOf(everything.slice(0, samples.length))(params).dataSync()[0],
      );
    },

    /** Forgets the eigenvectors of earlier units. */
    forget: () => memory.clear(),

    /** λmax of the mean loss of the unit's samples, as a problem of its own: they are all there is. */
    async topEigenvalue({ checkpoint, samples }, index, { tracked = false, executor } = {}) {
      moveTo(checkpoint);
      members = samples;
      const count = samples.length;
      const problem = { params, samples: count, batchSize: count, head: mse, ...functions };
      const from = {
        ...{ ...settings, memory, executor, stream: stream(1, "measurement").fork(index) },
        // The peers certify nothing; what batches cost with a certificate is in docs/results.md.
        certify: tracked ? "all" : "auto",
      };
      const quantity = quantityByName(tracked ? "fullbs" : "minibs");
      const [measurement] = await measure(problem, [quantity], from);
      return measurement;
    },

    /** H·x, [d], H that of the mean loss of some of the unit's samples; no sample is in two chunks. */
    multiply({ checkpoint, samples }, indices, x) {
      moveTo(checkpoint);
      members = samples;
      const chunk = indices[0];
      let operator = operators.get(chunk);
      if (operator === undefined) {
        operator = hessian({ params, chunks: [{ loss: functions.lossOf(indices), weight: 1 }] });
        operators.set(chunk, operator);
      }
      const product = new Float32Array(operator.n);
      operator.apply(x, product);
      return product;
    },
  };
}
