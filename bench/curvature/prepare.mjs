/**
 * Trains the networks on CIFAR-10 and writes parameters, data and batches into a work folder.
 *
 *   node bench/curvature/prepare.mjs WORK DATA SAMPLES BATCHES CHECKPOINTS STEPS
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cifar10 } from "@eoss/data/node";
import { disposeTree, flatten, meanGradient, mse } from "@eoss/hvp";
import { modelByName } from "@eoss/models";
import { stream } from "@eoss/rng";
import { disposeState, sgd, shuffledEpochs } from "@eoss/sgd";
import { tidy } from "@tensorflow/tfjs-core";
import { hasNative } from "../train/native.mjs";
import { startBackend } from "./backend.mjs";
import { networks } from "./settings.mjs";
import { batchTensors, checkpointPath, manifestPath, writeFloats } from "./workFolder.mjs";

const [work, dataDir, ...sizes] = process.argv.slice(2);
const [samples, batches, checkpoints, steps] = sizes.map(Number);

const SEED = 1;
/** The samples on which every peer first shows that it computes the same loss. */
const PROBE = 16;

await startBackend(hasNative ? "native" : "wasm");
const dataset = await cifar10({ dataDir, samples });
const { images, labels, classes, inputShape } = dataset;
mkdirSync(work, { recursive: true });
writeFloats(join(work, "images.f32"), images);
writeFileSync(join(work, "labels.u8"), labels);

const lossOn = (model, indices) => (params) => {
  const { x, y } = batchTensors(dataset, indices);
  return mse(model.apply(params, x), y);
};

/** Trains one network and saves equally spaced checkpoints; returns its entry of the manifest. */
function train(name) {
  const { learningRate, batchSize, scale, chunk } = networks[name];
  const model = modelByName(name).build({ inputShape, classes });
  const sampler = shuffledEpochs(samples, batchSize, stream(SEED, "data-order"));
  let state = sgd.init(model.init(stream(SEED, "init"), { scale }));
  const tensors = Object.entries(state.params).map(([tensor, { shape }]) => ({
    name: tensor,
    shape,
  }));
  const saved = [];
  const probe = Int32Array.from({ length: PROBE }, (_, index) => index);
  while (state.step < steps) {
    const loss = lossOn(model, sampler.at(state.step));
    const { gradient } = meanGradient({ params: state.params, chunks: [{ loss, weight: 1 }] });
    state = sgd.step(gradient, state, { learningRate });
    disposeTree(gradient);
    if (state.step % Math.floor(steps / checkpoints) !== 0) continue;
    const file = checkpointPath(name, state.step);
    writeFloats(join(work, file), flatten(state.params, new Float32Array(model.parameterCount)));
    const probeLoss = tidy(() => lossOn(model, probe)(state.params).dataSync()[0]);
    saved.push({ step: state.step, file, probeLoss });
    console.log(`${name}: step ${state.step}, loss of ${PROBE} samples ${probeLoss.toFixed(4)}`);
  }
  disposeState(state);
  // Two chunks at least, so that a small data set takes the same ways as a large one.
  const perChunk = Math.min(chunk, samples / 2);
  return { tensors, checkpoints: saved.slice(-checkpoints), chunk: perChunk };
}

const trained = Object.fromEntries(Object.keys(networks).map((name) => [name, train(name)]));
const last = checkpoints - 1;
const miniBatches = (size) =>
  Array.from({ length: batches }, (_, index) => ({
    checkpoint: last,
    samples: [...stream(SEED, "measurement").fork(size, index).sample(samples, size)],
  }));
const atCheckpoints = (members) =>
  Array.from({ length: checkpoints }, (_, checkpoint) => ({ checkpoint, samples: members }));
const subset = Array.from({ length: Math.min(1024, samples) }, (_, index) => index);
const manifest = {
  samples,
  classes,
  inputShape,
  probe: PROBE,
  networks: trained,
  jobs: {
    minibs16: miniBatches(16),
    minibs128: miniBatches(128),
    fullbs: [{ checkpoint: last, samples: null }],
    tracked: atCheckpoints(null),
    fullbs1024: [{ checkpoint: last, samples: subset }],
    tracked1024: atCheckpoints(subset),
  },
};
writeFileSync(manifestPath(work), JSON.stringify(manifest));
