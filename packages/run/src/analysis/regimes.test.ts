import type { TrainingPlan } from "@eoss/sgd";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../syntheticRun.fixture.js";
import { changesOf, comparedIn, firstStep, lastRegime, lastStep } from "./regimes.js";

const of = (plan: Partial<TrainingPlan>, more = {}) => syntheticRun({ steps: 1000, plan, ...more });
const stepsOf = (run: ReturnType<typeof of>) => changesOf(run).map(({ step }) => step);

describe("changesOf", () => {
  it("finds interventions, plateaus that were seen and steps of schedules, in order", () => {
    const run = of(
      {
        batchSize: { kind: "steps", initial: 16, changes: [{ at: 700, value: 64 }] },
        interventions: [
          { at: "plateau", learningRate: 0.05 },
          { at: 300, learningRate: 0.1 },
          { at: "plateau", optimizer: "adam" },
        ],
      },
      { plateaus: [{ step: 500, quantity: "minibs", since: 350 }] },
    );
    expect(changesOf(run)).toMatchObject([
      { step: 300, before: { learningRate: 0.2 }, after: { learningRate: 0.1 } },
      { step: 500, after: { learningRate: 0.05 }, plateau: { quantity: "minibs", since: 350 } },
      { step: 700, before: { batchSize: 16 }, after: { batchSize: 64 } },
    ]);
    expect(lastRegime(run)).toEqual({ from: 700, to: 1000 });
  });

  it("passes over ramps, what changes nothing, and what never took effect", () => {
    expect(
      stepsOf(
        of({
          learningRate: { kind: "warm-up", from: 0, steps: 100, after: 0.2 },
          interventions: [
            { at: 300, learningRate: 0.2 },
            { at: 1000, batchSize: 64 },
          ],
        }),
      ),
    ).toEqual([]);
    expect(stepsOf(of({ learningRate: { kind: "cosine", from: 1, to: 0, steps: 900 } }))).toEqual(
      [],
    );
  });

  it("has a jump in a schedule that an intervention begins, at the steps of its own clock", () => {
    const value = { kind: "steps", initial: 0.1, changes: [{ at: 50, value: 0.05 }] } as const;
    expect(stepsOf(of({ interventions: [{ at: 300, learningRate: value }] }))).toEqual([300, 350]);
  });
});

const thresholdsOf =
  (run: ReturnType<typeof of>, quantity = "fullbs") =>
  (step: number) =>
    comparedIn(run, quantity)(step).value;

describe("comparedIn", () => {
  it("is that of each step, infinite while η is 0", () => {
    const warm = of({ learningRate: { kind: "warm-up", from: 0, steps: 100, after: 0.2 } });
    expect([0, 50, 100, 900].map(thresholdsOf(warm))).toEqual([Infinity, 20, 10, 10]);
    const momentum = of({ optimizer: { name: "heavy-ball", momentum: 0.5 } });
    expect(thresholdsOf(momentum)(7)).toBeCloseTo(15, 12);
  });

  it("compares H with nothing while the steps are preconditioned, and P^(−½) H P^(−½) always", () => {
    const run = of({ interventions: [{ at: 300, optimizer: "adam" }] });
    expect([299, 300].map(thresholdsOf(run))).toEqual([10, Number.NaN]);
    expect(thresholdsOf(run, "minibs")(300)).toBeNaN();
    // (2 + 2·0.9)/((1 − 0.9)·0.2)
    expect(thresholdsOf(run, "preconditioned-sharpness")(300)).toBeCloseTo(190, 9);
  });

  it("leaves the last step as it was, where what was to come with it never came", () => {
    const run = of(
      { interventions: [{ at: "plateau", learningRate: 0.1 }] },
      { plateaus: [{ step: 1000, quantity: "minibs", since: 350 }] },
    );
    expect(thresholdsOf(run)(1000)).toBe(10);
    expect(lastRegime(run)).toEqual({ from: 0, to: 1000 });
  });
});

describe("a fork", () => {
  it("begins at its step, also before it measured anything", () => {
    const fork = of({}, { parent: { directory: "../parent", step: 400 } });
    expect([firstStep(fork), lastStep(fork)]).toEqual([400, 1000]);
    const young = { ...fork, records: [], manifest: { ...fork.manifest, end: null } };
    expect(lastStep(young)).toBe(400);
  });
});
