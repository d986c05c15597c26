// A course on a backend that gives numbers only later: whoever asks for one at once fails.
import "@tensorflow/tfjs-backend-cpu";
import { digits } from "@eoss/data";
import { mlp } from "@eoss/models";
import { optimizers } from "@eoss/sgd";
import { quantities } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { registerLateBackend } from "../../../sharpness/src/fixtures/lateBackend.fixture.js";
import type { MetricRecord } from "../formats/recordSchema.js";
import { parseTrainConfig } from "../settings/config.js";
import { hasCollapsed } from "./collapse.js";
import { Course, type CourseOptions } from "./course.js";
import { modelFromSettings } from "./modelFromSettings.js";
import { planOf } from "./plan.js";
import { type Position, type RunInputs, Trainer } from "./trainer.js";

tf.enableProdMode();
const device = registerLateBackend("late");

type Settings = Record<string, unknown>;

function inputsOf(settings: Settings): RunInputs {
  const config = parseTrainConfig({
    ...{ data: "digits", samples: 24, width: [4], "init-scale": 0.5, lr: 0.1, batch: 6, steps: 6 },
    ...{ every: 3, tolerance: 0.3, "max-batches": 8, seed: 5, measure: ["fullbs", "minibs"] },
    ...settings,
  });
  const dataset = digits({ samples: 24 });
  const heldOut = digits({ samples: 24, split: "test" });
  const plan = planOf(config, dataset.samples);
  const model = modelFromSettings(mlp, config, dataset);
  const measured = config.measure!.map((name) => quantities[name]!);
  const rest = { quantities: measured, backend: tf.getBackend(), workers: 1 };
  return { config, dataset, heldOut, model, plan, ...rest };
}

interface Made {
  readonly records: readonly MetricRecord[];
  readonly position: Position;
}

/** A course on a backend, which leaves no tensor there. */
async function made(
  backend: string,
  settings: Settings,
  start?: Position,
  options: CourseOptions = {},
): Promise<Made> {
  await tf.setBackend(backend);
  const tensors = tf.memory().numTensors;
  const trainer = new Trainer(inputsOf(settings), start);
  const records: MetricRecord[] = [];
  for await (const event of new Course(trainer, options).run()) {
    if ("record" in event) records.push({ ...event.record, seconds: 0 });
  }
  const position = await trainer.position();
  trainer.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
  return { records, position };
}

const lossesOf = ({ records }: Made) =>
  records.filter(({ quantity }) => quantity === "step-loss").map(({ value }) => value);

/** What numbers may differ by: sums are taken in another order, in single precision. */
function expectAlike(late: Made, cpu: Made): void {
  expect(late.records.map(({ step, quantity }) => `${step} ${quantity}`)).toEqual(
    cpu.records.map(({ step, quantity }) => `${step} ${quantity}`),
  );
  for (const [index, one] of late.records.entries()) {
    const other = cpu.records[index]!;
    const bounds = (one.errorBound ?? 0) + (other.errorBound ?? 0);
    // Its random vectors have fewer coordinates where there are reduced ones.
    const drawn = one.quantity === "batch-density" ? one.margin! + other.margin! : 0;
    const [value, expected] = [one.value ?? Number.NaN, other.value ?? Number.NaN];
    const room = 1e-4 * Math.abs(expected) + bounds + drawn + 1e-12;
    const what = `${one.step} ${one.quantity}: ${one.value}, ${other.value}`;
    if (Number.isNaN(expected)) expect(value, what).toBeNaN();
    else expect(Math.abs(value - expected), what).toBeLessThanOrEqual(room);
  }
}

const READING = /^(muon|sam|normalized-descent|spectral-descent)$/;

describe("training", () => {
  const names = Object.keys(optimizers).filter((name) => !READING.test(name));
  it.each(names)("by %s reads the loss of a step, and gives the same bits as cpu", async (name) => {
    const optimizer = `${name} weight-decay=0.01`;
    const settings = { optimizer, lr: 0.01, measure: ["loss"], every: 100 };
    const late = await made("late", settings);
    const cpu = await made("cpu", settings);
    expect(lossesOf(late)).toEqual(lossesOf(cpu));
    expect(late.position).toEqual(cpu.position);
  });

  it("reads one number a step", async () => {
    await tf.setBackend("late");
    const trainer = new Trainer(inputsOf({}));
    const before = device.reads;
    for (let step = 0; step < 3; step++) await trainer.update();
    expect(device.reads - before).toBe(3);
    trainer.dispose();
  });

  it("goes on from a position, memory and all, with the same records", async () => {
    const whole = await made("late", { every: 2 });
    const trainer = new Trainer(inputsOf({ every: 2 }));
    const course = new Course(trainer);
    const records: MetricRecord[] = [];
    for await (const event of course.run()) {
      if (event.kind === "reached" && event.step === 4) break;
      if ("record" in event) records.push({ ...event.record, seconds: 0 });
    }
    const { memory } = course;
    expect([...memory.values()].every((vector) => vector instanceof Float32Array)).toBe(true);
    expect(memory.size).toBeGreaterThan(0);
    const position = await trainer.position();
    trainer.dispose();
    const rest = await made("late", { every: 2 }, position, { memory });
    expect([...records, ...rest.records]).toEqual(whole.records);
    expect(rest.position).toEqual(whole.position);
    // From another start a search ends elsewhere within its bounds.
    const cold = await made("late", { every: 2 }, position);
    expect(cold.records).not.toEqual(rest.records);
  });
});

/** Of each engine's own; all of them, which the contract of engines looks at too, in the long form. */
const MEASURED =
  process.env.EOSS_LONG === "1"
    ? Object.keys(quantities)
    : [
        ...["fullbs", "minibs", "batch-sharpness", "full-gauss-newton", "step-sharpness"],
        ...["preconditioned-sharpness", "momentum-sharpness", "distance", "test-accuracy"],
      ];

describe("measuring", () => {
  it.each(MEASURED)("%s gives what cpu gives", async (name) => {
    const settings = { measure: [name], steps: 1, every: 1, optimizer: "adam", lr: 0.01 };
    expectAlike(await made("late", settings), await made("cpu", settings));
  });

  it("finds a collapse", async () => {
    await tf.setBackend("late");
    const trainer = new Trainer(inputsOf({}));
    expect(await hasCollapsed(trainer.problem())).toBe(false);
    const zeros = Object.entries(trainer.problem().params).map(([name, theta]) => [
      name,
      tf.zerosLike(theta as tf.Tensor),
    ]);
    const params = Object.fromEntries(zeros) as Record<string, tf.Tensor>;
    expect(await hasCollapsed({ ...trainer.problem(), params })).toBe(true);
    tf.dispose(params);
    trainer.dispose();
  });
});
