import {
  batchSizeAt,
  batchSizes,
  changesOf,
  checkSchedule,
  learningRates,
  type Schedule,
  valueAt,
} from "@eoss/sgd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const cases: Array<{ schedule: Schedule; values: Array<[step: number, value: number]> }> = [
  {
    schedule: 0.5,
    values: [
      [0, 0.5],
      [1e9, 0.5],
    ],
  },
  {
    schedule: { kind: "constant", value: 0.5 },
    values: [
      [0, 0.5],
      [1e9, 0.5],
    ],
  },
  {
    schedule: {
      kind: "steps",
      initial: 1,
      changes: [
        { at: 10, value: 0.5 },
        { at: 20, value: 0.25 },
      ],
    },
    values: [
      [0, 1],
      [9, 1],
      [10, 0.5],
      [19, 0.5],
      [20, 0.25],
      [1e6, 0.25],
    ],
  },
  {
    schedule: { kind: "linear", from: 1, to: 0.5, steps: 4 },
    values: [
      [0, 1],
      [1, 0.875],
      [2, 0.75],
      [4, 0.5],
      [5, 0.5],
    ],
  },
  {
    schedule: { kind: "cosine", from: 1, to: 0, steps: 6 },
    // (1 + cos(π t/6))/2 with cos(π/3) = 1/2
    values: [
      [0, 1],
      [2, 0.75],
      [3, 0.5],
      [4, 0.25],
      [6, 0],
      [60, 0],
    ],
  },
  {
    schedule: { kind: "warm-up", from: 0, steps: 4, after: 0.5 },
    values: [
      [0, 0],
      [1, 0.125],
      [3, 0.375],
      [4, 0.5],
      [99, 0.5],
    ],
  },
  {
    // A part's clock begins with the part.
    schedule: {
      kind: "warm-up",
      from: 0,
      steps: 10,
      after: { kind: "linear", from: 1, to: 0, steps: 10 },
    },
    values: [
      [5, 0.5],
      [10, 1],
      [15, 0.5],
      [20, 0],
      [30, 0],
    ],
  },
  {
    schedule: {
      kind: "steps",
      initial: { kind: "linear", from: 0, to: 1, steps: 100 },
      changes: [{ at: 50, value: { kind: "linear", from: 4, to: 0, steps: 4 } }],
    },
    values: [
      [25, 0.25],
      [49, 0.49],
      [50, 4],
      [51, 3],
      [54, 0],
      [100, 0],
    ],
  },
];

describe.each(cases)("$schedule", ({ schedule, values }) => {
  it.each(values)("at step %i is %d", (step, value) => {
    expect(valueAt(schedule, step)).toBeCloseTo(value, 15);
  });

  it("survives JSON and its check", () => {
    const copy = JSON.parse(JSON.stringify(schedule));
    expect(checkSchedule(copy, "learningRate", learningRates)).toEqual(schedule);
  });

  it("changes only where changesOf says", () => {
    const changes = new Set<number>();
    for (const step of changesOf(schedule)) {
      if (step > 150) break;
      expect(changes.has(step)).toBe(false);
      changes.add(step);
    }
    expect(changes.has(0)).toBe(true);
    for (let step = 1; step <= 150; step++) {
      if (!changes.has(step)) expect(valueAt(schedule, step)).toBe(valueAt(schedule, step - 1));
    }
  });
});

describe("batchSizeAt", () => {
  it("rounds a ramp", () => {
    const ramp: Schedule = { kind: "linear", from: 16, to: 17, steps: 10 };
    expect([0, 4, 5, 10].map((step) => batchSizeAt(ramp, step))).toEqual([16, 16, 17, 17]);
  });
});

describe("ramps", () => {
  it("stay between their ends and never turn back", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("linear" as const, "cosine" as const),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        (kind, from, to, steps) => {
          const values = Array.from({ length: steps + 2 }, (_, step) =>
            valueAt({ kind, from, to, steps }, step),
          );
          expect(values[0]).toBe(from);
          expect(values.at(-1)).toBe(to);
          const direction = Math.sign(to - from);
          for (const [i, value] of values.slice(1).entries()) {
            expect(direction * (value - values[i]!)).toBeGreaterThanOrEqual(-1e-16);
          }
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe("checkSchedule", () => {
  const change = (at: unknown, value: unknown = 1) => ({ at, value });
  it.each([
    { input: -1, message: "learningRate is -1; allowed: a finite number ≥ 0" },
    { input: Number.NaN, message: "learningRate is NaN; allowed: a finite number ≥ 0" },
    {
      input: undefined,
      message: "learningRate is missing; allowed: a finite number ≥ 0, or a sche",
    },
    { input: "0.1", message: 'learningRate is "0.1"; allowed: a finite number ≥ 0, or a schedule' },
    {
      input: { kind: "exponential" },
      message:
        'learningRate.kind is "exponential"; allowed: constant, steps, linear, cosine, warm-up',
    },
    {
      input: { kind: "linear", from: 1, to: 0 },
      message: "learningRate.steps is missing; allowed: required with kind linear",
    },
    {
      input: { kind: "cosine", from: 1, to: 0, steps: 0 },
      message: "learningRate.steps is 0; allowed: an integer from 1 on",
    },
    {
      input: { kind: "constant", value: 1, steps: 3 },
      message: "learningRate has no option steps; it has: kind, value",
    },
    {
      input: { kind: "steps", initial: 1, changes: [change(5), change(5)] },
      message: "learningRate.changes[1].at is 5; allowed: an integer from 6 on",
    },
    {
      input: { kind: "steps", initial: 1, changes: [change(5, { kind: "constant", value: -2 })] },
      message: "learningRate.changes[0].value.value is -2; allowed: a finite number ≥ 0",
    },
    {
      input: { kind: "warm-up", from: 0, steps: 2.5, after: 1 },
      message: "learningRate.steps is 2.5; allowed: an integer from 1 on",
    },
  ])("$message", ({ input, message }) => {
    expect(() => checkSchedule(input, "learningRate", learningRates)).toThrow(message);
  });

  it("knows what a batch size is", () => {
    expect(() => checkSchedule(2.5, "batchSize", batchSizes)).toThrow(
      "batchSize is 2.5; allowed: an integer from 1 on",
    );
    expect(() =>
      checkSchedule({ kind: "linear", from: 0, to: 4, steps: 2 }, "batchSize", batchSizes),
    ).toThrow("batchSize.from is 0; allowed: an integer from 1 on");
  });
});
