import { disposeTree, linearize, unflatten } from "@eoss/hvp";
import { joined, readLater } from "@eoss/hvp/internal";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useLateBackend } from "../../packages/sharpness/src/fixtures/lateBackend.fixture.js";
import { startWebGpu } from "../../scripts/startWebGpu.mjs";
import { relativeError } from "./closeness.js";
import { golden, hasShared } from "./shared.js";
import { tinyFiles } from "./tinyNetworks.js";
import { tinyProblem } from "./tinyProblem.js";

/** That of the other backends, relative to the norm of the whole vector. */
const TOLERANCE = 1e-5;

const { absent } = hasShared ? await startWebGpu(tf) : { absent: "the references are not here" };
if (absent !== undefined) console.log(`skipped on WebGPU: ${absent}`);

/** Of a tiny network: loss, gradient and Hv beside the references, none of which is read at once. */
async function errorsOf(name: string) {
  const file = golden(name);
  const { params, samples, lossOf } = tinyProblem(file, 16);
  const v = unflatten(file.v, params);
  const linearization = linearize(lossOf(Int32Array.from(Array(samples).keys())), params);
  const product = linearization.hvp(v);
  const errors = {
    loss: relativeError(await readLater(() => linearization.loss), [file.fullLoss]),
    gradient: relativeError(await readLater(() => joined(linearization.gradient)), file.gradient),
    Hv: relativeError(await readLater(() => joined(product)), file.Hv),
  };
  linearization.dispose();
  for (const tree of [params, v, product]) disposeTree(tree);
  return errors;
}

function expectGolden(files: readonly string[]): void {
  it.each(files)("%s", async (name) => {
    const before = tf.memory().numTensors;
    for (const [what, error] of Object.entries(await errorsOf(name))) {
      expect(error, what).toBeLessThan(TOLERANCE);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
}

describe.runIf(hasShared)("tiny references where no number is given at once", () => {
  beforeAll(() => useLateBackend());
  expectGolden(tinyFiles);
});

describe.runIf(absent === undefined)("tiny references on WebGPU", () => {
  beforeAll(() => tf.setBackend("webgpu").then(() => {}));
  // Software compiles a shader for each op.
  const isShort = process.env.EOSS_LONG !== "1";
  expectGolden(tinyFiles.filter((name) => !isShort || /tanh_ce|cnn_ce/.test(name)));
});
