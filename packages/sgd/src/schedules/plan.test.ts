import {
  batchSizeSchedule,
  checkIntervention,
  checkPlan,
  resolvePlateaus,
  settingsAt,
  type TrainingPlan,
  valueAt,
} from "@eoss/sgd";
import { describe, expect, it } from "vitest";

const plan: TrainingPlan = {
  learningRate: { kind: "warm-up", from: 0, steps: 10, after: 0.01 },
  batchSize: 16,
  interventions: [
    { at: 4000, learningRate: 0.005 },
    { at: "plateau", batchSize: 64, noise: "isotropic" },
    { at: 100, optimizer: { name: "heavy-ball", momentum: 0.5 } },
    { at: "plateau", learningRate: { kind: "linear", from: 0.02, to: 0.01, steps: 10 } },
  ],
};

describe("settingsAt", () => {
  it("is the plan itself before any intervention", () => {
    expect(settingsAt(plan, 5)).toEqual({
      learningRate: 0.005,
      batchSize: 16,
      optimizer: { name: "sgd" },
      noise: undefined,
    });
  });

  it("changes what an intervention names from its step on, and nothing else", () => {
    expect(settingsAt(plan, 3999)).toMatchObject({
      learningRate: 0.01,
      optimizer: { name: "heavy-ball", momentum: 0.5 },
    });
    expect(settingsAt(plan, 4000)).toMatchObject({ learningRate: 0.005, batchSize: 16 });
    expect(settingsAt(plan, 99).optimizer).toEqual({ name: "sgd" });
    expect(settingsAt(plan, 1e9).noise).toBeUndefined();
  });

  it("lets the latest intervention win, and of two at one step the last in the list", () => {
    const interventions = [
      { at: 20, learningRate: 3 },
      { at: 10, learningRate: 1 },
      { at: 10, learningRate: 2 },
    ];
    const several = { learningRate: 0, batchSize: 1, interventions };
    expect([9, 10, 19, 20].map((step) => settingsAt(several, step).learningRate)).toEqual([
      0, 2, 2, 3,
    ]);
  });
});

describe("resolvePlateaus", () => {
  it("fills in the steps in the order of the list; the clock of a schedule begins there", () => {
    const once = resolvePlateaus(plan, [2500]);
    expect(settingsAt(once, 2499)).toMatchObject({ batchSize: 16, noise: undefined });
    expect(settingsAt(once, 2500)).toMatchObject({ batchSize: 64, noise: "isotropic" });
    expect(settingsAt(once, 6000).learningRate).toBe(0.005);
    const twice = resolvePlateaus(plan, [2500, 6000]);
    expect(settingsAt(twice, 6005).learningRate).toBeCloseTo(0.015, 15);
    expect(valueAt(batchSizeSchedule(twice), 2500)).toBe(64);
  });

  it("refuses more plateaus than are waited for, and steps that do not ascend", () => {
    expect(() => resolvePlateaus(plan, [1, 2, 3])).toThrow(
      "3 plateaus for 2 interventions at a plateau",
    );
    expect(() => resolvePlateaus(plan, [5, 4])).toThrow(
      "plateaus[1] is 4; allowed: ascending integers from 0 on",
    );
  });
});

describe("checkPlan", () => {
  it("accepts the plan as it comes out of JSON", () => {
    expect(checkPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  const base = { learningRate: 0.1, batchSize: 8 };
  it.each([
    { input: 3, message: "plan is 3; allowed: { learningRate, batchSize, ... }" },
    { input: { batchSize: 8 }, message: "learningRate is missing; allowed: a finite number ≥ 0" },
    {
      input: { ...base, lr: 1 },
      message: "plan has no option lr; it has: learningRate, batchSize, ",
    },
    {
      input: { ...base, optimizer: "lion" },
      message: 'optimizer: unknown optimizer "lion"; allowed: sgd, heavy-ball,',
    },
    {
      input: { ...base, optimizer: { name: "sgd", momentum: 0.9 } },
      message: "optimizer: sgd has no option momentum; it has: learningRate, weightDecay",
    },
    {
      input: { ...base, optimizer: { name: "heavy-ball", momentum: 1 } },
      message: "optimizer: momentum of heavy-ball is 1; allowed: a number from 0 to below 1",
    },
    { input: { ...base, noise: "" }, message: 'noise is ""; allowed: the name of a noise' },
    {
      input: { ...base, interventions: {} },
      message: "interventions is {}; allowed: a list",
    },
    {
      input: { ...base, interventions: [{ at: -1, batchSize: 4 }] },
      message: 'interventions[0].at is -1; allowed: an integer from 0 on, or "plateau"',
    },
    {
      input: { ...base, interventions: [{ at: 1, batchSize: 0 }] },
      message: "interventions[0].batchSize is 0; allowed: an integer from 1 on",
    },
    {
      input: { ...base, interventions: [{ at: 1, optimizer: { name: "sgd", betas: [0, 0] } }] },
      message: "interventions[0].optimizer: sgd has no option betas",
    },
  ])("$message", ({ input, message }) => {
    expect(() => checkPlan(input)).toThrow(message);
  });

  it("wants an intervention to change something", () => {
    expect(() => checkIntervention({ at: 5 })).toThrow(
      'intervention is {"at":5}; allowed: at least one of learningRate, batchSize, optimizer, noise',
    );
  });
});
