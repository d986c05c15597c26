/** What is measured beside the steps of `every`: at changes and at a divergence. */

import "@tensorflow/tfjs-backend-cpu";
import { digits } from "@eoss/data";
import { mlp } from "@eoss/models";
import { quantities, quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { MetricRecord } from "../formats/recordSchema.js";
import { parseTrainConfig } from "../settings/config.js";
import { ChangeSteps } from "./changeSteps.js";
import { Course, type CourseOptions } from "./course.js";
import type { CourseEvent } from "./courseEvent.js";
import { measuredNames } from "./measuredNames.js";
import { modelFromSettings } from "./modelFromSettings.js";
import { planOf } from "./plan.js";
import { PlateauWatch, plateauRule } from "./plateauWatch.js";
import { Trainer } from "./trainer.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const tiny = {
  ...{ data: "digits", samples: 40, width: [4], lr: 0.1, batch: 8, steps: 12, every: 5 },
  ...{ measure: ["loss", "fullbs"], tolerance: 0.3, seed: 5 },
};

async function eventsOf(settings: Record<string, unknown>, options: CourseOptions = {}) {
  const config = parseTrainConfig({ ...tiny, ...settings });
  const dataset = digits({ samples: 40 });
  const plan = planOf(config, dataset.samples);
  const asked = measuredNames(config, plan).map(quantityByName);
  const model = modelFromSettings(mlp, config, dataset);
  const inputs = { config, dataset, model, plan, quantities: asked, backend: "cpu", workers: 1 };
  const trainer = new Trainer(inputs);
  const events: CourseEvent[] = [];
  for await (const event of new Course(trainer, options).run()) events.push(event);
  trainer.dispose();
  return events;
}

const measuredIn = (events: readonly CourseEvent[]): MetricRecord[] =>
  events.flatMap((event) => (event.kind === "measured" ? [event.record] : []));

const stepsOf = (events: readonly CourseEvent[], name: string) =>
  measuredIn(events).flatMap(({ step, quantity }) => (quantity === name ? [step] : []));

describe("at a change", () => {
  it.each([
    ["of η", { intervene: ["at=7 lr=0.05"] }],
    ["of b", { intervene: ["at=7 batch=4"] }],
    ["of the optimizer", { intervene: ["at=7 optimizer=heavy-ball momentum=0.5"] }],
    ["of the noise", { intervene: ["at=7 noise=isotropic,covariance=drawn"] }],
  ])("%s all is measured, off the grid too", async (_, settings) => {
    const events = await eventsOf({ every: "5 loss=4", ...settings });
    expect(stepsOf(events, "fullbs")).toEqual([0, 5, 7, 10, 12]);
    expect(stepsOf(events, "loss")).toEqual([0, 4, 7, 8, 12]);
  });

  it.each([
    ["a ramp", { schedule: ["lr=cosine to=0.01 steps=12"] }],
    ["a jump of a schedule", { schedule: ["lr=steps at=7:0.05"] }],
    ["what holds already", { intervene: ["at=7 lr=0.1"] }],
    ["no noise where there was none", { intervene: ["at=7 noise=none"] }],
  ])("%s is none", async (_, settings) => {
    expect(stepsOf(await eventsOf(settings), "fullbs")).toEqual([0, 5, 10, 12]);
  });

  it("the network is that before the first update with the new settings", async () => {
    const changed = await eventsOf({ intervene: ["at=7 lr=0.05"] });
    const dense = await eventsOf({ every: 1 });
    const loss = (events: readonly CourseEvent[]) =>
      measuredIn(events).find(({ step, quantity }) => step === 7 && quantity === "loss");
    expect(loss(changed)?.value).toBe(loss(dense)?.value);
    const compared = changed.find((event) => event.kind === "measured-all" && event.step === 7);
    const values = compared?.kind === "measured-all" ? compared.measured : [];
    expect(values.map(({ comparison }) => comparison.value)).toContain(2 / 0.05);
  });

  it("with a budget too, which decides about the others", async () => {
    const settings = { every: 1, budget: 1e-9, intervene: ["at=7 lr=0.05"] };
    const steps = stepsOf(await eventsOf(settings), "fullbs");
    expect(steps).toContain(7);
    // Time decides about the others: they are few.
    expect(steps.length).toBeLessThan(12);
  });

  it("a plateau has all of them, also what has other steps", async () => {
    const plateau = "quantity=loss after=any window=6 drift=0.5 slowing=0.9 significance=0.2";
    const waiting = { steps: 120, lr: 0.01, plateau, intervene: ["at=plateau lr=0.005"] };
    const events = await eventsOf({ ...waiting, every: "50 loss=3" });
    const seen = events.find((event) => event.kind === "plateau");
    const step = seen?.kind === "plateau" ? seen.plateau.step : Number.NaN;
    expect(step % 50).not.toBe(0);
    expect(stepsOf(events, "fullbs")).toEqual([0, step, 50, 100, 120].sort((a, b) => a - b));
  });

  it("a run of an older version goes on as it began, and training is the same", async () => {
    const settings = { intervene: ["at=7 lr=0.05"] };
    const [now, then] = [
      await eventsOf(settings),
      await eventsOf(settings, { measuresChanges: false }),
    ];
    expect(stepsOf(then, "fullbs")).toEqual([0, 5, 10, 12]);
    const losses = (events: readonly CourseEvent[]) =>
      events.flatMap((event) => (event.kind === "stepped" ? [event.loss] : []));
    expect(losses(now)).toEqual(losses(then));
  });

  it("a plan is looked through once, and again when it is another", () => {
    const plan = { learningRate: 1, batchSize: 4, optimizer: { name: "sgd" } } as const;
    const changes = new ChangeSteps();
    const at = (step: number) => ({ ...plan, interventions: [{ at: step, learningRate: 2 }] });
    expect([3, 4].map((step) => changes.has(at(3), step))).toEqual([true, false]);
    expect([3, 4].map((step) => changes.has(at(4), step))).toEqual([false, true]);
    expect(changes.has(at(0), 0)).toBe(false);
  });
});

describe("the test for a plateau", () => {
  const rule = plateauRule("quantity=loss after=any window=6 drift=0.5 significance=0.2");
  const point = (step: number, value: number) => ({ step, quantity: "loss", value });

  it("looks at points at equal distances alone", () => {
    const grid = [10, 20, 30, 40, 50].map((step) => point(step, 1 + 1e-3 * (step % 20)));
    const odd = point(13, 500);
    const seen = (records: readonly object[], counts?: (step: number) => boolean) =>
      new PlateauWatch(rule, records as MetricRecord[], counts).reachedAt(60, 0);
    const onGrid = (step: number) => step % 10 === 0;
    expect(seen([...grid, point(60, 1)], onGrid)).toBeDefined();
    expect(seen([grid[0]!, odd, ...grid.slice(1), point(60, 1)], onGrid)).toEqual(
      seen([...grid, point(60, 1)], onGrid),
    );
    // Without the rule the odd point would keep it from being seen.
    expect(seen([grid[0]!, odd, ...grid.slice(1), point(60, 1)])).toBeUndefined();
  });

  it("begins where the quantity has its first value, and not where it loses it", () => {
    const values = [10, 20, 30, 40, 50, 60].map((step) => point(step, 1 + 1e-3 * (step % 20)));
    const reached = (...records: readonly object[]) =>
      new PlateauWatch(rule, records as MetricRecord[]).reachedAt(60, 0);
    expect(reached(...values)).toBeDefined();
    expect(reached({ ...point(0, 0), value: null }, ...values)).toEqual(reached(...values));
    expect(reached(...values, { ...point(70, 0), value: null })).toBeUndefined();
  });

  it("is the same for a run with a change between two of them", async () => {
    const stop = "quantity=loss after=any window=6 drift=0.5 slowing=0.9 significance=0.2";
    const settings = { steps: 160, every: 4, lr: 0.05, "stop-plateau": stop };
    const intervene = ["at=9 lr=0.04"];
    const ends = await Promise.all([
      eventsOf({ ...settings, intervene }),
      eventsOf({ ...settings, intervene }, { measuresChanges: false }),
    ]);
    const [now, then] = ends.map((events) => events.at(-1));
    expect(now).toMatchObject({ end: { reason: "stop-plateau" } });
    expect(now).toEqual(then);
  });
});

describe("where a run diverges", () => {
  const soaring = { lr: 20, batch: "full", every: 1000, steps: 400, "init-scale": 2 };

  it("what is finite is measured at its last parameters, before the update that failed is told", async () => {
    const events = await eventsOf({ ...soaring, measure: ["loss", "fullbs", "distance"] });
    const end = events.at(-1);
    expect(end).toMatchObject({ end: { reason: "diverged" } });
    const step = end?.kind === "ended" ? end.end.step : Number.NaN;
    const left = measuredIn(events).filter((record) => record.step === step);
    for (const { value } of left) expect(Number.isFinite(value)).toBe(true);
    expect(left.map(({ quantity }) => quantity)).toContain("distance");
    expect(events.at(-2)).toMatchObject({ kind: "stepped", record: { step } });
    const before = await eventsOf(
      { ...soaring, measure: ["loss", "fullbs", "distance"] },
      { measuresChanges: false },
    );
    expect(measuredIn(before).filter((record) => record.step === step)).toEqual([]);
    expect(before.at(-1)).toEqual(end);
  });

  it("no quantity keeps the run from ending as diverged", async () => {
    const measure = Object.keys(quantities).filter((name) => !/test|held/.test(name));
    const events = await eventsOf({ ...soaring, measure, "max-batches": 8 });
    expect(events.at(-1)).toMatchObject({ end: { reason: "diverged" } });
  });
});
