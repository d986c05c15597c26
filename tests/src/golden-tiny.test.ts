import { disposeTree, flatten, linearize, losses, unflatten } from "@eoss/hvp";
import type { Params } from "@eoss/models";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "./backends.js";
import { relativeError } from "./closeness.js";
import { golden, hasShared } from "./shared.js";
import { tinyFiles, tinyNetworks } from "./tinyNetworks.js";

/** The references' own statement for float32, relative to the norm of the whole vector. */
const TOLERANCE = 1e-5;

describe.runIf(hasShared).each(backends)("tiny references on %s", (backend) => {
  const worst = { loss: 0, gradient: 0, Hv: 0 };
  beforeAll(() => useBackend(backend));
  afterAll(() => {
    const figures = Object.entries(worst).map(
      ([what, error]) => `${what} ${error.toExponential(1)}`,
    );
    console.log(`largest relative errors on ${backend}: ${figures.join(", ")}`);
  });

  it.each(tinyFiles)("%s", (name) => {
    const file = golden(name);
    const network = tinyNetworks[file.model as string]!;
    const before = tf.memory().numTensors;
    const like: Params = {};
    for (const { name, shape } of file.tensors) like[name] = tf.zeros(shape);
    const params = unflatten<Params>(file.params, like);
    const v = unflatten(file.v, params);
    const x = tf.tensor(file.inputs, [16, ...file.inputShape], "float32");
    const y = tf.tidy(() =>
      tf.cast(tf.oneHot(tf.tensor1d(file.labels, "int32"), file.classes), "float32"),
    );
    const d: number = file.paramCount;

    const held = tf.memory().numTensors;
    const loss = losses[file.loss as "mse" | "ce"];
    const linearization = linearize((p) => loss(network(p, x), y), params);
    const product = linearization.hvp(v);
    const errors = {
      loss: relativeError(linearization.loss.dataSync(), [file.fullLoss]),
      gradient: relativeError(flatten(linearization.gradient, new Float64Array(d)), file.gradient),
      Hv: relativeError(flatten(product, new Float64Array(d)), file.Hv),
    };
    for (const what of ["loss", "gradient", "Hv"] as const) {
      expect(errors[what], what).toBeLessThan(TOLERANCE);
      worst[what] = Math.max(worst[what], errors[what]);
    }
    disposeTree(product);
    linearization.dispose();
    expect(tf.memory().numTensors).toBe(held);
    for (const tree of [like, params, v]) disposeTree(tree);
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
