/**
 * Linearisation and Hessian-vector products of the benchmark's networks, with tfjs' kernels and with those of
 * @eoss/kernels in turns: least CPU ms of each.
 *
 *   node bench/kernels/products.mjs [batch]
 */
import { disposeTree, linearize, mse } from "@eoss/hvp";
import { installKernels } from "@eoss/kernels";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { cnn, mlp, targets } from "../hvp/networks.mjs";

const batch = Number(process.argv[2] ?? 16);
tf.enableProdMode();
await tf.setBackend("wasm");
await tf.ready();

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const measures = {
  linearise: (loss, params) => linearize(loss, params).dispose(),
  product: (_loss, params, linearization) => disposeTree(linearization.hvp(params)),
};

for (const network of [mlp, cnn]) {
  const params = network.parameters();
  const [x, y] = [network.inputs(batch), targets(batch)];
  const loss = (p) => mse(network.apply(p, x), y);
  const least = { linearise: [Infinity, Infinity], product: [Infinity, Infinity] };
  const products = [];
  for (let round = 0; round < 4; round++) {
    for (const own of [0, 1]) {
      const installed = own ? await installKernels() : undefined;
      const linearization = linearize(loss, params);
      for (const [name, measure] of Object.entries(measures)) {
        measure(loss, params, linearization);
        const start = cpu();
        measure(loss, params, linearization);
        least[name][own] = Math.min(least[name][own], cpu() - start);
      }
      if (round === 0) {
        const product = linearization.hvp(params);
        products.push(Object.values(product).flatMap((t) => Array.from(t.dataSync())));
        disposeTree(product);
      }
      linearization.dispose();
      installed?.restore();
    }
  }
  const [before, after] = products;
  const norm = Math.sqrt(before.reduce((sum, z) => sum + z * z, 0));
  const off = Math.sqrt(before.reduce((sum, z, i) => sum + (z - after[i]) ** 2, 0));
  const figures = Object.entries(least).map(
    ([name, [tfjs, own]]) => `${name} ${tfjs.toFixed(1)} / ${own.toFixed(1)} ms`,
  );
  console.log(
    `${network.name}, b = ${batch}, tfjs / own: ${figures.join(", ")}; products differ by ` +
      `${(off / norm).toExponential(1)}`,
  );
}
