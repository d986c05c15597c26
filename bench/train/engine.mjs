/**
 * What the engine of a run adds to its training steps: `train()` with nothing measured, against bare
 * gradients and updates on the same batches, which it must equal loss for loss. The two take turns
 * step by step, in one process.
 *
 *   npm run setup && node bench/train/engine.mjs [--quick] [CIFAR-10 folder]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadDataset, oneHot } from "@eoss/data/node";
import { disposeTree, meanGradient, mse } from "@eoss/hvp";
import { train } from "@eoss/lab";
import { modelByName } from "@eoss/models";
import { stream } from "@eoss/rng";
import { parseTrainConfig } from "@eoss/run";
import { disposeState, sgd, shuffledEpochs } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { cpuTime } from "./cpuTime.mjs";
import { bestAndMedian } from "./turns.mjs";

const SAMPLES = 1024;
const SEED = 0;
const LEARNING_RATE = 0.01;
/** Steps that are not counted: engines compile their code in them. */
const WARM_UP = 10;

const quick = process.argv.includes("--quick");
const shared = fileURLToPath(new URL("../../../shared/data/cifar10", import.meta.url));
const folder = process.argv.slice(2).find((word) => !word.startsWith("--")) ?? shared;
const dataset = await loadDataset("cifar10", { samples: SAMPLES, dataDir: folder });
const pixels = 3072;

/** The same training without an engine; its batches are uploaded before the clock starts. */
function bareTraining(network, batch, initScale) {
  const model = modelByName(network).build(dataset);
  const sampler = shuffledEpochs(SAMPLES, batch, stream(SEED, "data-order"));
  let state = sgd.init(model.init(stream(SEED, "init"), { scale: initScale }));
  return {
    step() {
      const { x, y } = batchOf(sampler.at(state.step));
      const start = clocks();
      const loss = (params) => mse(model.apply(params, x), y);
      const result = meanGradient({ params: state.params, chunks: [{ loss, weight: 1 }] });
      state = sgd.step(result.gradient, state, { learningRate: LEARNING_RATE });
      disposeTree(result.gradient);
      const taken = since(start);
      tf.dispose([x, y]);
      return { taken, loss: result.loss };
    },
    dispose: () => disposeState(state),
  };
}

function batchOf(indices) {
  const images = new Float32Array(indices.length * pixels);
  indices.forEach((index, row) => {
    images.set(dataset.images.subarray(index * pixels, (index + 1) * pixels), row * pixels);
  });
  const labels = oneHot(
    indices.map((index) => dataset.labels[index]),
    dataset.classes,
  );
  return {
    x: tf.tensor(images, [indices.length, ...dataset.inputShape]),
    y: tf.tensor2d(labels, [indices.length, dataset.classes]),
  };
}

async function compare(network, batch, steps) {
  const config = parseTrainConfig({
    data: "cifar10",
    "data-dir": folder,
    samples: SAMPLES,
    model: network,
    lr: LEARNING_RATE,
    batch,
    steps: WARM_UP + steps,
    seed: SEED,
    measure: [],
    backend: "wasm",
  });
  const times = { engine: [], bare: [] };
  let bare;
  let last = clocks();
  const onProgress = ({ phase, step, stepLoss }) => {
    const engine = since(last);
    if (phase === "training") {
      bare ??= bareTraining(network, batch, config["init-scale"]);
      const { taken, loss } = bare.step();
      if (loss !== stepLoss) throw new Error(`step ${step}: losses ${loss} and ${stepLoss}`);
      if (step > WARM_UP) {
        times.engine.push(engine);
        times.bare.push(taken);
      }
    }
    last = clocks();
  };
  const out = mkdtempSync(join(tmpdir(), "eoss-bench-"));
  try {
    await train(config, { out, onProgress });
  } finally {
    rmSync(out, { recursive: true });
    bare?.dispose();
  }
  const figures = (taken) => ({
    ...bestAndMedian(taken.map(({ wall }) => wall)),
    cpu: bestAndMedian(taken.map(({ cpu }) => cpu)).median,
  });
  return { engine: figures(times.engine), bare: figures(times.bare) };
}

function clocks() {
  return { wall: performance.now(), cpu: cpuTime() };
}

function since({ wall, cpu }) {
  return { wall: performance.now() - wall, cpu: cpuTime() - cpu };
}

console.log(
  "ms of a step, best (median), and engine/bare: of the best, the median, the median CPU time",
);
console.log(
  "\n| network | b | engine | bare | best | median | CPU |\n|---|---|---|---|---|---|---|",
);
for (const [network, batch, steps] of [
  ["mlp", 16, quick ? 100 : 1000],
  ["mlp", 128, quick ? 30 : 200],
  ["cnn", 32, quick ? 5 : 40],
]) {
  const { engine, bare } = await compare(network, batch, steps);
  const cells = [engine, bare].map((t) => `${t.best.toFixed(2)} (${t.median.toFixed(2)})`);
  const ratios = ["best", "median", "cpu"].map((key) => (engine[key] / bare[key]).toFixed(3));
  console.log(`| ${[network, batch, ...cells, ...ratios].join(" | ")} |`);
}
