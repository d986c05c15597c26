/**
 * What gradients, linearisations and products cost beside those of another build of the package, in turns:
 *
 *   pnpm --filter @eoss/hvp build && node bench/hvp/turns.mjs OTHER/packages/hvp/dist [rounds]
 *
 * Both builds run on the same tfjs in one process, one after the other and in changing order, so that
 * what else the machine does meets both. Times are those of the processor; the ratio is the median of
 * those of the rounds.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as here from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { cnn, mlp, targets } from "./networks.mjs";

const [dist, rounds = "200"] = process.argv.slice(2);
// In here it finds the same tfjs.
const copy = mkdtempSync(fileURLToPath(new URL("../node_modules/.other-", import.meta.url)));
cpSync(dist, copy, { recursive: true });
const other = await import(pathToFileURL(join(copy, "index.js")).href);
rmSync(copy, { recursive: true });

tf.enableProdMode();
await tf.setBackend("wasm");
await tf.ready();

/** What is measured, each made anew for a build; `dispose` gives back what is kept meanwhile. */
function measured({ disposeTree, gradient, linearize, mse }, network, params, x, y) {
  const loss = (p) => mse(network.apply(p, x), y);
  const kept = linearize(loss, params);
  return {
    gradient: () => tf.dispose(Object.values(gradient(loss, params))),
    linearize: () => linearize(loss, params).dispose(),
    "linearize and first Hv": () => {
      const linearization = linearize(loss, params);
      disposeTree(linearization.hvp(params));
      linearization.dispose();
    },
    "later Hv": () => disposeTree(kept.hvp(params)),
    dispose: () => kept.dispose(),
  };
}

function milliseconds(run) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

for (const [network, b, share] of [
  [mlp, 4, 1],
  [mlp, 16, 1],
  [mlp, 128, 0.2],
  [cnn, 16, 0.03],
]) {
  const params = network.parameters();
  const [x, y] = [network.inputs(b), targets(b)];
  const builds = [other, here].map((build) => measured(build, network, params, x, y));
  for (const what of Object.keys(builds[0]).filter((key) => key !== "dispose")) {
    const times = builds.map(() => []);
    for (let round = -2; round < rounds * share; round++) {
      for (const k of round % 2 ? [0, 1] : [1, 0]) {
        const ms = milliseconds(builds[k][what]);
        if (round >= 0) times[k].push(ms);
      }
    }
    const [before, now] = times.map(median);
    const ratio = median(times[1].map((ms, round) => ms / times[0][round]));
    const figures = `${before.toFixed(2)} ms, here ${now.toFixed(2)} ms`;
    console.log(`${network.name}, b = ${b}, ${what}: ${figures}, ratio ${ratio.toFixed(3)}`);
  }
  for (const { dispose } of builds) dispose();
  tf.dispose([params, x, y]);
}
