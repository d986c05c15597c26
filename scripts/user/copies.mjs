// Two copies of tfjs-core in one program, as different versions in a tree of packages bring them: they
// share one engine through the global object, and with it kernels and tensors. So it does not matter
// which copy makes the parameters and which runs the loss. A copy with an engine of its own is named.
import { createRequire } from "node:module";
import { linearize } from "@eoss/hvp";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as again from "tfjs-core-again";

if (tf.tensor === again.tensor) throw new Error("there is but one copy");
for (const made of [tf, again]) {
  for (const run of [tf, again]) {
    const params = { w: made.tensor1d([0.5, -1]) };
    const { gradient, hvp } = linearize(
      ({ w }) => run.sum(run.mul(tf.tanh(w), run.square(again.tanh(w)))),
      params,
    );
    // L = Σ y³ with y = tanh w: L′ = 3y²(1 − y²), L″ = (6y − 12y³)(1 − y²).
    for (const [index, w] of [0.5, -1].entries()) {
      const y = Math.tanh(w);
      expectClose(gradient.w.dataSync()[index], 3 * y ** 2 * (1 - y ** 2));
      const h = hvp({ w: made.ones([2]) }).w.dataSync()[index];
      expectClose(h, (6 * y - 12 * y ** 3) * (1 - y ** 2));
    }
  }
}

const require = createRequire(import.meta.url);
const own = globalThis._tfengine;
globalThis._tfengine = undefined;
const path = require.resolve("tfjs-core-again");
delete require.cache[path];
const apart = require(path);
apart.registerBackend("none", () => new apart.KernelBackend());
globalThis._tfengine = own;
const foreign = new apart.Tensor([2], "float32", {}, 1);
for (const attempt of [
  () => linearize(({ w }) => tf.sum(tf.square(w)), { w: foreign }),
  () => linearize(() => foreign, { w: tf.ones([2]) }),
]) {
  let message = "nothing";
  try {
    attempt();
  } catch (error) {
    message = error.message;
  }
  if (!message.includes("another copy of @tensorflow/tfjs-core")) throw new Error(message);
}
console.log(`two copies, ${tf.version_core} and ${again.version_core}: right`);

function expectClose(value, expected) {
  if (!(Math.abs(value - expected) < 1e-5)) throw new Error(`${value} is not ${expected}`);
}
