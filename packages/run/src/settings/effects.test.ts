import "@tensorflow/tfjs-backend-cpu";
import { digits } from "@eoss/data";
import { mlp } from "@eoss/models";
import { quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Course } from "../training/course.js";
import { measuredNames } from "../training/measuredNames.js";
import { modelFromSettings } from "../training/modelFromSettings.js";
import { planOf } from "../training/plan.js";
import { type RunInputs, Trainer } from "../training/trainer.js";
import { parseTrainConfig, trainFields } from "./config.js";
import { ALWAYS_EFFECTIVE, idleSettings } from "./effects.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

type Given = Record<string, unknown>;

const tiny: Given = {
  ...{ data: "digits", samples: 24, width: [3], lr: 0.1, batch: 8, steps: 4, every: 2 },
  ...{ measure: ["loss"], seed: 5, "max-batches": 8, tolerance: 0.3 },
};

function inputsOf(settings: Given): RunInputs {
  const config = parseTrainConfig(settings);
  const dataset = digits({ samples: config.samples! });
  const plan = planOf(config, dataset.samples);
  const quantities = measuredNames(config, plan).map(quantityByName);
  const model = modelFromSettings(mlp, config, dataset);
  return { config, dataset, model, plan, quantities, backend: "cpu", workers: 1 };
}

const idle = (settings: Given) => {
  const inputs = inputsOf(settings);
  return idleSettings({ ...inputs, samples: inputs.dataset.samples });
};

/** The settings of those sentences. */
const namesOf = (sentences: readonly string[]) =>
  sentences.map((text) => text.slice(0, text.indexOf(" has no effect: ")));

async function recordsOf(settings: Given): Promise<string[]> {
  const records: string[] = [];
  const trainer = new Trainer(inputsOf(settings));
  for await (const event of new Course(trainer).run()) {
    if ("record" in event) records.push(JSON.stringify({ ...event.record, seconds: 0 }));
  }
  trainer.dispose();
  return records;
}

/** Of each setting: with `given` it has no effect, beside `more` it has. */
const CASES: Record<string, { given: Given; more?: Given }[]> = {
  "data-dir": [{ given: { "data-dir": "x" } }],
  width: [{ given: { width: [3], "model-options": { width: [5] } } }],
  activation: [{ given: { activation: "tanh", "model-options": { activation: "relu" } } }],
  noise: [
    { given: { noise: "directional", batch: "full" }, more: { batch: 8 } },
    { given: { noise: "isotropic", batch: 24 }, more: { sampler: "with-replacement" } },
  ],
  sampler: [
    { given: { sampler: "independent", batch: "full" }, more: { batch: 8 } },
    { given: { sampler: "independent", noise: "directional" }, more: { noise: "none" } },
  ],
  schedule: [
    { given: { schedule: ["lr=linear to=0.1 steps=3"] }, more: { lr: 0.2 } },
    { given: { schedule: ["lr=steps at=9:1"] }, more: { steps: 12 } },
    { given: { schedule: ["batch=steps at=4:4"] }, more: { steps: 5 } },
  ],
  intervene: [
    { given: { intervene: ["at=100 lr=0.2"] }, more: { steps: 101 } },
    { given: { intervene: ["at=4 batch=4"] }, more: { steps: 5 } },
    { given: { intervene: ["at=2 lr=0.1"] }, more: { lr: 0.2 } },
    { given: { intervene: ["at=1 optimizer=sgd"] }, more: { optimizer: "adam" } },
    { given: { intervene: ["at=1 noise=none"] }, more: { noise: "directional" } },
  ],
  plateau: [{ given: { plateau: "quantity=loss" }, more: { intervene: ["at=plateau lr=0.01"] } }],
  "plugin-limit": [{ given: { "plugin-limit": "3m" } }],
  "checkpoint-every": [{ given: { "checkpoint-every": 50 }, more: { steps: 60 } }],
  keep: [
    { given: { keep: 5, "checkpoint-every": 0 }, more: { "checkpoint-every": 1 } },
    { given: { keep: 5 }, more: { steps: 6000 } },
  ],
  every: [
    { given: { every: "minibs=3" }, more: { measure: ["loss", "minibs"] } },
    { given: { every: "loss=50" }, more: { steps: 51 } },
    { given: { every: 4 }, more: { steps: 8 } },
    { given: { every: 2, measure: [] }, more: { measure: ["loss"] } },
  ],
  budget: [{ given: { budget: 0.1, measure: [] }, more: { measure: ["loss"] } }],
  tolerance: [{ given: { tolerance: 0.1 }, more: { measure: ["minibs"] } }],
  certify: [{ given: { certify: "off" }, more: { measure: ["loss", "fullbs"] } }],
  "order-seed": [
    { given: { "order-seed": 7, batch: "full" }, more: { batch: 8 } },
    { given: { "order-seed": 7, batch: "full" }, more: { augment: "crop=1" } },
    { given: { "order-seed": 7, batch: "full" }, more: { noise: "constant variance=0.1" } },
    { given: { "order-seed": 7, batch: "full", noise: "directional" }, more: { batch: 8 } },
    { given: { "order-seed": 7, batch: "full" }, more: { intervene: ["at=2 batch=8"] } },
  ],
  "measure-seed": [{ given: { "measure-seed": 7 }, more: { measure: ["minibs"] } }],
  top: [{ given: { top: 3, measure: ["minibs"] }, more: { measure: ["fullbs"] } }],
  "per-layer": [{ given: { "per-layer": true }, more: { measure: ["step-lambda-max"] } }],
  "max-batches": [
    { given: { "max-batches": 9 }, more: { measure: ["batch-sharpness"] } },
    { given: { "max-batches": 9, measure: ["minibs"], batch: "full" }, more: { batch: 8 } },
  ],
  workers: [{ given: { workers: 3, measure: [] }, more: { measure: ["loss"] } }],
};

/** Settings that are not asked about in a run, but where parameters are given. */
const ONLY_DRAWN = ["init", "init-scale", "init-seed"];

/** What the settings are without the one in question. */
const STANDARD: Given = { tolerance: 0.3, "max-batches": 8 };

const without = (settings: Given, name: string) => {
  const { [name]: _, ...rest } = settings;
  return Object.hasOwn(tiny, name) && Object.hasOwn(STANDARD, name)
    ? { ...rest, [name]: STANDARD[name] }
    : rest;
};

it("every setting has an effect in every run, or cases here in which it has none", () => {
  const known = [...ALWAYS_EFFECTIVE, ...ONLY_DRAWN, ...Object.keys(CASES)];
  expect(known.toSorted()).toEqual(Object.keys(trainFields).toSorted());
});

describe.each(
  Object.entries(CASES).flatMap(([name, cases]) => cases.map((one) => ({ name, ...one }))),
)("$name in $given", ({ name, given, more }) => {
  const settings = { ...tiny, ...given };

  it("is said to have no effect", () => {
    expect(namesOf(idle(settings))).toContain(name);
  });

  it("has none: the records are those without it", async () => {
    expect(await recordsOf(settings)).toEqual(await recordsOf(without(settings, name)));
  });

  it.skipIf(more === undefined)("has one beside %o".replace("%o", JSON.stringify(more)), () => {
    expect(namesOf(idle({ ...settings, ...more }))).not.toContain(name);
  });
});

it("a change of a schedule that is not reached is said, too", () => {
  const [sentence] = idle({ ...tiny, schedule: ["lr=steps at=1:0.2,9:1"] });
  expect(sentence).toContain('at=9 of "lr=steps at=1:0.2,9:1" comes after the last update');
});

it("with given parameters their draw has no effect", () => {
  const inputs = inputsOf({ ...tiny, init: "lecun-normal", "init-scale": 0.3, "init-seed": 7 });
  const run = { ...inputs, samples: 24 };
  expect(namesOf(idleSettings({ ...run, isGiven: true }))).toEqual(
    expect.arrayContaining(ONLY_DRAWN),
  );
  expect(namesOf(idleSettings(run))).not.toEqual(expect.arrayContaining(ONLY_DRAWN));
});

/** Another value for each setting that always has an effect on what is trained and measured. */
const OTHER: Given = {
  ...{ augment: "crop=1", "order-seed": 9 },
  ...{ samples: 20, "model-options": { activation: "tanh" }, model: "linear", loss: "ce", lr: 0.2 },
  ...{ batch: 4, steps: 3, optimizer: "adam", seed: 6, measure: ["accuracy"], "stop-loss": 100 },
  ...{ "stop-accuracy": 0.01, "stop-plateau": "quantity=fullbs", width: [4] },
};

/** Those that choose where and how long a session runs, or what is not here. */
const OF_SESSIONS = [
  "backend",
  "time-limit",
  "data",
  "data-options",
  "data-seed",
  "label-noise",
  "model",
];

it.each(ALWAYS_EFFECTIVE.filter((name) => !OF_SESSIONS.includes(name)))(
  "%s has an effect",
  async (name) => {
    expect(Object.hasOwn(OTHER, name), "a case for the new setting").toBe(true);
    expect(await recordsOf({ ...tiny, [name]: OTHER[name] })).not.toEqual(await recordsOf(tiny));
  },
);
