import { disposeTree, formatReport, type LossName, losses, verify } from "@eoss/hvp";
import { modelByName, type Params, type Task } from "@eoss/models";
import { stream } from "@eoss/rng";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, useBackend } from "./backends.js";
import { full } from "./forms.js";

const SAMPLES = 3;
const digits: Task = { inputShape: [6, 6, 1], classes: 10 };
const text: Task = { inputShape: [6], classes: 9 };
const small = { width: 12, heads: 2, hidden: 10, blocks: 1 };
const shallow = { channels: [3, 4], blocks: 1 };

/** Every built-in network, of a size at which differences decide. */
const networks: { name: string; options: Record<string, unknown>; task?: Task }[] = [
  { name: "mlp", options: { width: [12, 10], activation: "tanh" } },
  { name: "mlp", options: { width: [12, 10] } },
  { name: "linear", options: {} },
  { name: "diagonal-linear", options: {} },
  { name: "mlp-l", options: { width: [8, 8, 8, 8], activation: "gelu" } },
  { name: "cnn", options: { channels: [3, 3, 4], width: 8, padding: "same" } },
  { name: "vgg", options: { channels: [3, 4], width: 8, activation: "silu" } },
  { name: "resnet10", options: shallow },
  { name: "resnet10", options: { ...shallow, normalization: "batch" } },
  { name: "resnet10", options: { ...shallow, normalization: "layer" } },
  { name: "transformer", options: small },
  { name: "transformer", task: text, options: { ...small, role: "decoder" } },
];

const LOSSES = Object.keys(losses) as LossName[];
const cases = networks.flatMap((network) => LOSSES.map((loss) => ({ ...network, loss })));

describe.each(backends)("verify on %s", (backend) => {
  beforeAll(() => useBackend(backend));

  // Of the losses one a network, on each backend another.
  const turn = backends.indexOf(backend);
  const ofNetwork = (index: number) => Math.floor(index / LOSSES.length) + turn;
  const chosen = cases.filter(
    ({ loss }, index) => full || loss === LOSSES[ofNetwork(index) % LOSSES.length],
  );
  it.each(chosen)("$name with $options, $loss", ({ name, task = digits, options, loss }) => {
    const before = tf.memory().numTensors;
    const model = modelByName(name).build(task, options);
    const random = stream(5, "verify models");
    const params = model.init(random.fork(0), { scheme: "kaiming-normal" });
    const size = task.inputShape.reduce((product, n) => product * n, SAMPLES);
    const values = random.fork(1);
    const x = tf.tensor(
      task === text
        ? Float32Array.from({ length: size }, (_, i) => Math.floor(9 * values.uniformAt(i)))
        : values.normals(size),
      [SAMPLES, ...task.inputShape],
    );
    const outputs = (p: Params) => model.apply(p, x);
    const y = tf.tidy(() => {
      const { shape } = outputs(params);
      const rows = shape.slice(0, -1).reduce((product, n) => product * n, 1);
      const labels = Int32Array.from({ length: rows }, (_, i) => (3 * i + 1) % task.classes);
      const hot = tf.oneHot(tf.tensor1d(labels, "int32"), task.classes);
      return tf.reshape(tf.cast(hot, "float32"), shape);
    });
    const head = (f: tf.Tensor) => losses[loss](f, y);
    const report = verify((p: Params) => head(outputs(p)), params, {
      directions: 1,
      composition: { outputs, loss: head },
    });
    expect(report.verdict, formatReport(report)).toBe("agrees");
    disposeTree(params);
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
