import { describe, expect, it } from "vitest";
import { measuredNames } from "../training/measuredNames.js";
import { planOf } from "../training/plan.js";
import { parseTrainConfig } from "./config.js";
import { countBefore, isDue, isDueForAll, measurementsIn, rhythmOf, rhythmsOf } from "./rhythm.js";

const stepsOf = (setting: number | string, name: string, end: number) =>
  Array.from({ length: end }, (_, step) => step).filter((step) =>
    isDue(rhythmOf(setting, name), step),
  );

describe("steps of measuring", () => {
  it("a number: those that it divides", () => {
    expect(stepsOf(7, "loss", 30)).toEqual([0, 7, 14, 21, 28]);
    expect(stepsOf(1, "loss", 4)).toEqual([0, 1, 2, 3]);
  });

  it("log: the whole numbers nearest to equal ratios, each once", () => {
    expect(stepsOf("log", "loss", 101)).toEqual([
      ...[0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100],
    ]);
    expect(stepsOf("log:3", "loss", 1001)).toEqual([0, 1, 2, 5, 10, 22, 46, 100, 215, 464, 1000]);
    expect(stepsOf("log:1", "loss", 1001)).toEqual([0, 1, 10, 100, 1000]);
  });

  it("pieces: every K steps, from a later one on every other", () => {
    expect(stepsOf("20,30:5", "loss", 50)).toEqual([0, 20, 30, 35, 40, 45]);
    // A step where a piece begins is measured if its own number of steps divides it.
    expect(stepsOf("20,31:7,38:5", "loss", 50)).toEqual([0, 20, 35, 40, 45]);
    expect(stepsOf("8,20:4 loss=100,150:25", "loss", 201)).toEqual([0, 100, 150, 175, 200]);
  });

  it("words: some quantities have their own, all others the word without a name", () => {
    const setting = "500 loss=10 fullbs=log:1 ./own.js=3";
    expect(stepsOf(setting, "loss", 25)).toEqual([0, 10, 20]);
    expect(stepsOf(setting, "fullbs", 25)).toEqual([0, 1, 10]);
    expect(stepsOf(setting, "./own.js", 7)).toEqual([0, 3, 6]);
    expect(stepsOf(setting, "minibs", 1001)).toEqual([0, 500, 1000]);
    expect(stepsOf("loss=10", "minibs", 201)).toEqual([0, 100, 200]);
  });

  it.each([7, "log:20", "log:3", "50,120:7,300:1"])(
    "%s: counts are those of the steps",
    (setting) => {
      const rhythm = rhythmOf(setting, "loss");
      const steps = stepsOf(setting, "loss", 500);
      for (let end = 0; end <= 500; end += 13) {
        expect(countBefore(rhythm, end)).toBe(steps.filter((step) => step < end).length);
      }
      const among = steps.filter((step) => step >= 40 && step < 400);
      expect(measurementsIn(setting, "loss", 40, 400)).toBe(among.length + 1);
    },
  );

  it("a step is one of all quantities, or not", () => {
    expect([10, 100].map((step) => isDueForAll("log:1 loss=4", step))).toEqual([false, true]);
  });
});

describe("what is no setting of steps", () => {
  it.each([
    [0, /cannot be 0; allowed: an integer from 1 up, K,STEP:K such as/],
    [1.5, /cannot be 1.5; allowed/],
    ["", /cannot be ""/],
    ["  ", /every " {2}": it has no words/],
    ["logg", /every "logg": "logg" is no rhythm/],
    ["log:0", /"log:0" is no rhythm/],
    ["log:1e9", /is no rhythm/],
    ["10 20", /every "10 20": two words name no quantity/],
    ["loss=10 loss=20", /loss is given twice/],
    ["loss=0", /0 is no count of steps/],
    ["loss=1e999", /is no rhythm/],
    ["10,5", /"10,5" is no rhythm/],
    ["10,0:5", /step 0 does not follow step 0/],
    ["10,50:5,50:2", /step 50 does not follow step 50/],
    ["10,50:0", /0 is no count of steps/],
    ["0,50:5", /0 is no count of steps/],
    ["los=10", /unknown quantity "los"; did you mean loss\?/],
  ])("%s is refused", (every, message) => {
    const parse = () => parseTrainConfig({ data: "digits", lr: 1, batch: 4, steps: 9, every });
    expect(parse).toThrow(message);
  });

  const namesOf = (settings: Record<string, unknown>) => {
    const config = parseTrainConfig({ data: "digits", lr: 1, batch: 4, steps: 9, ...settings });
    return measuredNames(config, planOf(config, 100));
  };

  it("log-spaced steps of what a plateau is looked for in", () => {
    const waiting = { intervene: ["at=plateau lr=0.1"], measure: ["loss"] };
    expect(() => namesOf({ ...waiting, every: "log" })).toThrow(
      /a plateau of minibs is looked for at/,
    );
    expect(() => namesOf({ ...waiting, every: "20,50:5" })).toThrow(/steps of equal distance/);
    expect(namesOf({ ...waiting, every: "log minibs=5" })).toEqual(["loss", "minibs"]);
  });

  it("several beside a budget", () => {
    expect(() => namesOf({ budget: 0.2, every: "20,50:5" })).toThrow(/every is one number/);
    expect(() => namesOf({ budget: 0.2, every: "log" })).toThrow(/every is one number beside it/);
    expect(namesOf({ budget: 0.2, every: 50 })).toContain("loss");
  });
});

it("a number is kept as it is, whatever it was written with", () => {
  expect(rhythmsOf(10)).toEqual(rhythmsOf("10"));
});
