import { cifar10 } from "@eoss/data/node";
import { disposeTree, unflatten } from "@eoss/hvp";
import { type Model, modelByName, type Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "./backends.js";
import { relativeError } from "./closeness.js";
import { deterministicParams } from "./deterministicParams.js";
import { cifarDir, golden, hasShared } from "./shared.js";

const TOLERANCE = 1e-5;
const RECORDS = 2;

/** The built-in network has the reference's parameters, in its order. */
function expectSameParameters(model: Model, file: ReturnType<typeof golden>): void {
  const own = model.parameters.map(({ name, shape }) => `${name} [${shape}]`);
  const reference = (file.tensors as { name: string; shape: number[] }[]).map(
    ({ name, shape }) => `${name} [${shape}]`,
  );
  expect(own).toEqual(reference);
}

describe.runIf(hasShared)("built-in networks have the outputs of the references", () => {
  beforeAll(() => useBackend("wasm"));

  it.each([
    { file: "mlp_mse", name: "mlp" },
    { file: "mlp_l_mse", name: "mlp-l" },
    { file: "cnn_mse", name: "cnn" },
    { file: "resnet10_mse", name: "resnet10" },
  ])("$name", async ({ file: fileName, name }) => {
    const file = golden(fileName);
    const dataset = await cifar10({ dataDir: cifarDir });
    const before = tf.memory().numTensors;
    const model = modelByName(name).build(dataset);
    expectSameParameters(model, file);
    expect(model.parameterCount).toBe(file.paramCount);
    const params = deterministicParams(model, file.seedBase);
    const x = tf.tensor(dataset.images.slice(0, RECORDS * 3072), [RECORDS, 32, 32, 3]);
    const outputs = tf.tidy(() => model.apply(params, x).dataSync());
    expect(relativeError(outputs, file.firstOutputs.flat())).toBeLessThan(TOLERANCE);
    disposeTree(params);
    x.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("resnet10 with other options is tiny_resnet", () => {
    const file = golden("tiny_resnet_mse");
    const model = modelByName("resnet10").build(
      { inputShape: file.inputShape, classes: file.classes },
      { channels: [4, 8], blocks: 1, shortcut: "around" },
    );
    expectSameParameters(model, file);
    const like = Object.fromEntries(
      model.parameters.map(({ name, shape }) => [name, tf.zeros([...shape])]),
    );
    const params = unflatten<Params>(file.params, like);
    const x = tf.tensor(file.inputs, [16, ...file.inputShape], "float32");
    const outputs = tf.tidy(() => model.apply(params, x).dataSync());
    expect(relativeError(outputs, file.outputs)).toBeLessThan(TOLERANCE);
    for (const tree of [like, params]) disposeTree(tree);
    x.dispose();
  });
});
