/**
 * Our side of engines.mjs: training steps, linearisations and Hessian-vector products on the kernels that the
 * first argument names, "simd", "relaxed" or "native".
 */
import { createInterface } from "node:readline";
import { disposeTree, linearize, meanGradient, mse } from "@eoss/hvp";
import { installKernels } from "@eoss/kernels";
import { modelByName } from "@eoss/models";
import { stream } from "@eoss/rng";
import { sgd } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { cpuTime } from "../train/cpuTime.mjs";
import { kernelOptions } from "./options.mjs";

tf.enableProdMode();
await tf.setBackend("wasm");
if (!(await installKernels(await kernelOptions(process.argv[2])))) {
  throw new Error("the kernels do not run here");
}

function normal(shape, name) {
  const random = stream(0, name);
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => random.normalAt(i)),
    shape,
  );
}

function problemOf(network, batch) {
  const model = modelByName(network).build({ inputShape: [32, 32, 3], classes: 10 });
  let state = sgd.init(model.init(stream(0, "init")));
  const [x, y] = [normal([batch, 32, 32, 3], "inputs"), normal([batch, 10], "targets")];
  const loss = (params) => mse(model.apply(params, x), y);
  const at = model.init(stream(0, "init"));
  const kept = linearize(loss, at);
  return {
    step() {
      const { gradient } = meanGradient({ params: state.params, chunks: [{ loss, weight: 1 }] });
      state = sgd.step(gradient, state, { learningRate: 1e-6 });
      disposeTree(gradient);
    },
    linearise: () => linearize(loss, at).dispose(),
    Hv: () => disposeTree(kept.hvp(at)),
    dispose() {
      kept.dispose();
      tf.dispose([x, y, at, state.params]);
    },
  };
}

let [key, problem] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const { network, batch, what, steps } = JSON.parse(line);
  if (key !== `${network} ${batch}`) {
    problem?.dispose();
    key = `${network} ${batch}`;
    problem = problemOf(network, batch);
  }
  const times = [];
  for (let i = 0; i < steps; i++) {
    const [began, before] = [performance.now(), cpuTime()];
    problem[what]();
    times.push({ wall: performance.now() - began, cpu: cpuTime() - before });
  }
  console.log(JSON.stringify(times));
}
