/**
 * The update of each optimizer at the size of the paper's MLP (1.8 million parameters) on wasm, in
 * multiples of one addition of two tensors of that size, measured in one run.
 *
 *   pnpm --filter @eoss/sgd build && node bench/sgd/run.mjs
 */
import { disposeState, optimizers } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";

const SHAPES = [[3072, 512], [512], [512, 512], [512], [512, 10], [10]];
const RUNS = 60;

tf.enableProdMode();
await tf.setBackend("wasm");
await tf.ready();

const tree = (make) => Object.fromEntries(SHAPES.map((shape, i) => [`p${i}`, make(shape)]));
const random = (shape) => tf.randomUniform(shape, -1, 1, "float32", 1);

/** Least and median ms of many runs: the least is what the machine can do undisturbed. */
function times(body) {
  const taken = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    body();
    taken.push(performance.now() - start);
  }
  taken.sort((a, b) => a - b);
  return { least: taken[0], median: taken[RUNS >> 1] };
}

const gradient = tree(random);
const [a, b] = [tree(random), tree(random)];
const addition = times(() => {
  for (const key of Object.keys(a)) tf.add(a[key], b[key]).dispose();
});
const format = ({ least, median }) =>
  `${least.toFixed(2)} ms (median ${median.toFixed(2)}), ${(least / addition.least).toFixed(1)} additions`;
console.log(`addition: ${format(addition)}`);

for (const optimizer of Object.values(optimizers)) {
  let state = optimizer.init(tree(random));
  const update = times(() => {
    state = optimizer.step(gradient, state, { learningRate: 1e-3 });
  });
  disposeState(state);
  console.log(`${optimizer.name}: ${format(update)}`);
}
