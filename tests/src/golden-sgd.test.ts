import { disposeTree, flatten, linearize, losses, unflatten } from "@eoss/hvp";
import type { Params } from "@eoss/models";
import { disposeState, fixedBatches, heavyBall, nesterov, type Optimizer, sgd } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "./backends.js";
import { relativeError } from "./closeness.js";
import { golden, hasShared } from "./shared.js";
import { tinyFiles, tinyNetworks } from "./tinyNetworks.js";

/** The references' own statement for eight steps in float32, relative to the norm of the vector. */
const TOLERANCE = 1e-5;

/** A run in a reference file: eight steps over batches of four out of the sixteen samples. */
interface GoldenRun {
  readonly lr: number;
  readonly momentum: number;
  readonly batchOrder: readonly string[];
  readonly fullLossAfterStep: readonly number[];
  readonly finalParams: readonly number[];
}

/** Repeats a run of a file with an optimizer. */
// biome-ignore lint/suspicious/noExplicitAny: a reference file
function repeat(file: any, run: GoldenRun, optimizer: Optimizer, momentum?: number) {
  const network = tinyNetworks[file.model as string]!;
  const loss = losses[file.loss as "mse" | "ce"];
  const like: Params = {};
  for (const { name, shape } of file.tensors) like[name] = tf.zeros(shape);
  const x = tf.tensor(file.inputs, [16, ...file.inputShape], "float32");
  const y = tf.tidy(() =>
    tf.cast(tf.oneHot(tf.tensor1d(file.labels, "int32"), file.classes), "float32"),
  );
  const indices = (letter: string) => [0, 1, 2, 3].map((i) => 4 * "ABCD".indexOf(letter) + i);
  const sampler = fixedBatches(16, run.batchOrder.map(indices));

  let state = optimizer.init(unflatten<Params>(file.params, like));
  const fullLosses: number[] = [];
  for (let step = 0; step < run.batchOrder.length; step++) {
    const batch = tf.tensor1d(sampler.at(step), "int32");
    const [xs, ys] = [tf.gather(x, batch), tf.gather(y, batch)];
    const linearization = linearize((p) => loss(network(p, xs), ys), state.params as Params);
    state = optimizer.step(linearization.gradient, state, { learningRate: run.lr, momentum });
    linearization.dispose();
    tf.dispose([batch, xs, ys]);
    // Through linearize as well: it knows convolutions that a backend by itself lacks.
    const full = linearize((p) => loss(network(p, x), y), state.params as Params);
    fullLosses.push(full.loss.dataSync()[0]!);
    full.dispose();
  }
  const finalParams = flatten(state.params, new Float64Array(run.finalParams.length));
  disposeState(state);
  disposeTree(like);
  tf.dispose([x, y]);
  return Math.max(
    relativeError(finalParams, run.finalParams),
    relativeError(fullLosses, run.fullLossAfterStep),
  );
}

const runs = hasShared
  ? tinyFiles.flatMap((name) =>
      (golden(name).sgd as GoldenRun[]).map((run) => ({ name, run, momentum: run.momentum })),
    )
  : [];

describe.runIf(hasShared).each(backends)("reference runs of SGD on %s", (backend) => {
  let worst = 0;
  beforeAll(() => useBackend(backend));
  afterAll(() => console.log(`largest relative error on ${backend}: ${worst.toExponential(1)}`));

  it.each(runs)("$name, momentum $momentum", ({ name, run, momentum }) => {
    const file = golden(name);
    const before = tf.memory().numTensors;
    const errors = [repeat(file, run, heavyBall, momentum)];
    if (momentum === 0) errors.push(repeat(file, run, sgd));
    expect(tf.memory().numTensors).toBe(before);
    for (const error of errors) {
      expect(error).toBeLessThan(TOLERANCE);
      worst = Math.max(worst, error);
    }
  });
});

describe.runIf(hasShared)("another optimizer is seen", () => {
  beforeAll(() => useBackend("cpu"));

  it.each(runs.filter(({ momentum }) => momentum > 0))("$name", ({ name, run, momentum }) => {
    const file = golden(name);
    expect(repeat(file, run, nesterov, momentum)).toBeGreaterThan(100 * TOLERANCE);
    expect(repeat(file, run, heavyBall, momentum * 1.01)).toBeGreaterThan(10 * TOLERANCE);
  });
});
