import { nextMeasurement } from "@eoss/sharpness";
import { describe, expect, it } from "vitest";

/** A run of steps of a fixed cost, measured as the cadence says. */
function simulate({
  budget,
  every,
  stepSeconds = 0.01,
  measurementSeconds = 0.4,
  steps = 20_000,
  nearFrom = Number.POSITIVE_INFINITY,
}: {
  budget?: number;
  every: number;
  stepSeconds?: number;
  measurementSeconds?: number;
  steps?: number;
  nearFrom?: number;
}) {
  const measured: number[] = [];
  let training = 0;
  let measuring = 0;
  for (let step = 0, due = 0; step < steps; step++) {
    if (step === due) {
      measured.push(step);
      measuring += measurementSeconds;
      due = nextMeasurement({
        step,
        every,
        budget,
        timings: { training, measuring, step: stepSeconds, measurement: measurementSeconds },
        thresholdDistance: step >= nearFrom ? 0.1 : 0.5,
      });
    }
    training += stepSeconds;
  }
  return { measured, share: measuring / (measuring + training) };
}

describe("nextMeasurement", () => {
  it("without a budget: every so many steps, whatever it costs", () => {
    const { measured } = simulate({ every: 50, measurementSeconds: 100, steps: 200, nearFrom: 0 });
    expect(measured).toEqual([0, 50, 100, 150]);
  });

  it.each([0.05, 0.2, 0.5])("a budget of %d is kept, and used, where much is wanted", (budget) => {
    const { share } = simulate({ every: 1, budget });
    expect(share).toBeLessThanOrEqual(budget);
    expect(share).toBeGreaterThan(0.97 * budget);
  });

  it("measures as often as wanted where it is cheap", () => {
    const { measured } = simulate({ every: 50, budget: 0.2, measurementSeconds: 0.01, steps: 200 });
    expect(measured).toEqual([0, 50, 100, 150]);
  });

  it("looks four times as often near the threshold, and pays with what was left before", () => {
    const { measured, share } = simulate({ every: 400, budget: 0.2, nearFrom: 16_000 });
    const late = measured.filter((step) => step > 16_000);
    expect(measured[1]).toBe(400);
    expect(late[1]! - late[0]!).toBe(100);
    expect(share).toBeLessThanOrEqual(0.2);
    // Four times as often all the time would cost 28 %.
    const always = simulate({ every: 100, budget: 0.9 });
    expect(always.share).toBeGreaterThan(0.2);
  });

  it("slows down when measuring has become dearer than the budget", () => {
    const next = (measurement: number) =>
      nextMeasurement({
        step: 1000,
        every: 10,
        budget: 0.1,
        timings: { training: 90, measuring: 10, step: 0.1, measurement },
      });
    // 10 + m ≤ 0.1·(100 + 0.1·k + m), so k = 90·m.
    expect(next(1)).toBe(1090);
    expect(next(2)).toBe(1180);
  });

  it("refuses settings that cannot be", () => {
    const timings = { training: 1, measuring: 1, step: 1, measurement: 1 };
    const base = { step: 0, every: 10, budget: 0.2, timings };
    expect(() => nextMeasurement({ ...base, budget: 1 })).toThrow(/share between 0 and 1, not 1/);
    expect(() => nextMeasurement({ ...base, every: 0 })).toThrow(/integer from 1 up/);
    const broken = { ...timings, training: Number.NaN };
    expect(() => nextMeasurement({ ...base, timings: broken })).toThrow(/timings.training/);
  });
});
