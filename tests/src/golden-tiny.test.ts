import { disposeTree, flatten, linearize, losses, unflatten } from "@eoss/hvp";
import { mlp, type Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "./backends.js";
import { relativeError } from "./closeness.js";
import { golden, hasShared } from "./shared.js";

/** The references' own statement for float32, relative to the norm of the whole vector. */
const TOLERANCE = 1e-5;

const cases = ["relu", "tanh"].flatMap((activation) =>
  (["mse", "ce"] as const).map((loss) => ({ activation, loss })),
);

describe.runIf(hasShared).each(backends)("tiny references on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(cases)("mlp, $activation, $loss", ({ activation, loss }) => {
    const file = golden(`tiny_mlp_${activation}_${loss}`);
    const model = mlp.build({ inputShape: [12], classes: 3 }, { width: [8, 7], activation });
    const zeros = model.parameters.map(({ name, shape }) => [name, tf.zeros([...shape])]);
    const params = unflatten<Params>(file.params, Object.fromEntries(zeros));
    const v = unflatten(file.v, params);
    const x = tf.tensor2d(file.inputs, [16, 12]);
    const y = tf.cast(tf.oneHot(tf.tensor1d(file.labels, "int32"), 3), "float32");
    const d: number = file.paramCount;

    const before = tf.memory().numTensors;
    const linearization = linearize((p) => losses[loss](model.apply(p, x), y), params);
    expect(linearization.loss.dataSync()[0]! / file.fullLoss).toBeCloseTo(1, 5);
    const gradient = flatten(linearization.gradient, new Float64Array(d));
    expect(relativeError(gradient, file.gradient)).toBeLessThan(TOLERANCE);
    const product = linearization.hvp(v);
    const e = relativeError(flatten(product, new Float64Array(d)), file.Hv);
    console.log(e);
    expect(relativeError(flatten(product, new Float64Array(d)), file.Hv)).toBeLessThan(TOLERANCE);
    disposeTree(product);
    linearization.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
