import "@tensorflow/tfjs-backend-cpu";
import { digits } from "@eoss/data";
import { gradient, type ParameterTree } from "@eoss/hvp";
import { mlp } from "@eoss/models";
import { optimizers } from "@eoss/sgd";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { parseTrainConfig } from "../settings/config.js";
import { modelFromSettings } from "./modelFromSettings.js";
import { planOf } from "./plan.js";
import { Trainer } from "./trainer.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const ETA = 0.1;

function trainerOf(optimizer: string, settings: Record<string, unknown> = {}): Trainer {
  const config = parseTrainConfig({
    ...{ data: "digits", samples: 40, width: [4], lr: ETA, batch: 8, steps: 6, seed: 5 },
    ...{ optimizer, ...settings },
  });
  const dataset = digits({ samples: 40 });
  const plan = planOf(config, dataset.samples);
  const model = modelFromSettings(mlp, config, dataset);
  return new Trainer({
    ...{ config, dataset, model, plan, quantities: [], backend: "cpu", workers: 1 },
  });
}

const flat = (params: ParameterTree) =>
  Object.values(params).flatMap((tensor) => [...tensor.dataSync()]);

/** The gradient of the batch of the next step at its parameters moved by `shift`, as float64. */
function gradientAt(trainer: Trainer, shift: number[] = []): number[] {
  const problem = trainer.problem();
  let from = 0;
  const moved: Record<string, tf.Tensor> = {};
  for (const [name, theta] of Object.entries(problem.params)) {
    const values = theta.dataSync();
    const start = from;
    moved[name] = tf.tensor(
      values.map((value, i) => value + (shift[start + i] ?? 0)) as Float32Array,
      theta.shape,
    );
    from += theta.size;
  }
  const found = gradient(problem.lossOf(problem.stepBatch!), moved);
  const values = flat(found.gradient);
  tf.dispose([found.loss, found.gradient, moved] as tf.TensorContainer);
  return values;
}

describe("sam", () => {
  it("takes the gradient of the same batch uphill, with the loss at θ", async () => {
    const trainer = trainerOf("sam rho=0.5");
    await trainer.update();
    const before = flat(trainer.problem().params);
    const g = gradientAt(trainer);
    const length = Math.hypot(...g);
    const uphill = gradientAt(
      trainer,
      g.map((x) => (0.5 * x) / length),
    );
    const lossBefore = tf.tidy(() => {
      const { lossOf, stepBatch, params } = trainer.problem();
      return lossOf(stepBatch!)(params).dataSync()[0]!;
    });
    const { loss } = await trainer.update();
    expect(loss).toBeCloseTo(lossBefore, 6);
    const after = flat(trainer.problem().params);
    const error = after.map((x, i) => x - (before[i]! - ETA * uphill[i]!));
    const way = after.map((x, i) => x - before[i]!);
    expect(Math.hypot(...error) / Math.hypot(...way)).toBeLessThan(1e-5);
    const plain = way.map((x, i) => x + ETA * g[i]!);
    expect(Math.hypot(...plain) / Math.hypot(...way)).toBeGreaterThan(1e-3);
    trainer.dispose();
  });
});

describe.each(Object.keys(optimizers))("%s", (name) => {
  it.each(["clip=0.1 weight-decay=0.01 decay=decoupled", "weight-decay=0.1 decay=coupled"])(
    "goes on bit for bit from a position, with %s",
    async (options) => {
      const tensors = tf.memory().numTensors;
      const whole = trainerOf(`${name} ${options}`);
      for (let i = 0; i < 3; i++) await whole.update();
      const position = await whole.position();
      const other = new Trainer(whole.inputs, position);
      for (const trainer of [whole, other]) for (let i = 0; i < 3; i++) await trainer.update();
      expect(flat(other.problem().params)).toEqual(flat(whole.problem().params));
      for (const trainer of [whole, other]) trainer.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );
});

it("moves with noise in the gradient as well", async () => {
  const trainer = trainerOf("sam", { noise: "isotropic" });
  const tensors = tf.memory().numTensors;
  for (let i = 0; i < 2; i++) expect((await trainer.update()).loss).toBeGreaterThan(0);
  expect(tf.memory().numTensors).toBe(tensors);
  trainer.dispose();
});
