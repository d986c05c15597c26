import {
  batchSizes,
  defineSchedule,
  learningRates,
  loadSchedule,
  tabulate,
  valueAt,
} from "@eoss/sgd";
import { checkScheduleKind, scheduleConformance } from "@eoss/sgd/testing";
import { describe, expect, it } from "vitest";

const inverseRoot = defineSchedule({
  name: "inverse-root",
  description: "η/√(1 + t/τ)",
  defaults: { tau: 100 },
  at: (step, { initial, tau }) => initial / Math.sqrt(1 + step / tau),
});

describe("a schedule by its formula", () => {
  for (const { name, run } of scheduleConformance(inverseRoot, [{ tau: 3 }])) it(name, run);

  it("becomes a table of its values, which stays at the last", () => {
    const plan = tabulate(
      inverseRoot,
      { initial: 0.5, steps: 200 },
      { tau: 50 },
      "lr",
      learningRates,
    );
    expect(plan).toMatchObject({ kind: "table" });
    for (const step of [0, 1, 50, 200]) {
      expect(valueAt(plan, step)).toBe(0.5 / Math.sqrt(1 + step / 50));
    }
    expect(valueAt(plan, 999)).toBe(0.5 / Math.sqrt(5));
  });

  it("becomes jumps where it has few, and b is rounded", () => {
    const halves = defineSchedule({
      name: "halves",
      defaults: {},
      at: (step, { initial, steps }) => (step < steps / 2 ? initial : initial / 2),
    });
    const jumps = tabulate(halves, { initial: 0.5, steps: 10 }, {}, "lr", learningRates);
    expect(jumps).toEqual({ kind: "steps", initial: 0.5, changes: [{ at: 5, value: 0.25 }] });
    const sizes = tabulate(halves, { initial: 7, steps: 10 }, {}, "batch", batchSizes, true);
    expect(valueAt(sizes, 9)).toBe(4);
    expect(() => tabulate(halves, { initial: 0.4, steps: 9 }, {}, "b", batchSizes, true)).toThrow(
      /b at step 0 is 0; allowed: an integer from 1 on/,
    );
    for (const steps of [0, 2.5, 2 ** 20]) {
      expect(() => tabulate(halves, { initial: 1, steps }, {}, "lr", learningRates)).toThrow(
        /steps is .*; allowed: an integer from 1/,
      );
    }
  });

  const broken: Record<string, [Partial<Parameters<typeof defineSchedule>[0]>, RegExp]> = {
    "counts its calls": [
      {
        at: (
          (calls) =>
          (_, { initial }) =>
            initial / ++calls.n
        )({ n: 0 }),
      },
      /depends on the steps that were asked for before/,
    ],
    "draws random numbers": [{ at: () => Math.random() / 100 }, /draws random numbers/],
    "is no number": [{ at: () => Number.NaN }, /is NaN at step 0; allowed: a finite number/],
    "is a text": [{ at: (() => "0.1") as never }, /allowed: a finite number/],
    "is above its peak": [
      { at: (step, { initial }) => initial * (1 + step) },
      /is 0.2 at step 1, above its peak of 0.1/,
    ],
    throws: [
      {
        at() {
          throw new Error("no idea");
        },
      },
      /breaks the contract of schedules: no idea/,
    ],
    "has a peak that is none": [{ peak: () => Number.NaN }, /has the peak NaN/],
  };
  for (const [name, [parts, message]] of Object.entries(broken)) {
    it(`is refused if it ${name}`, async () => {
      const make = () =>
        defineSchedule({
          ...{
            name: "broken",
            description: "broken",
            defaults: {},
            at: (_, { initial }) => initial,
          },
          ...parts,
        });
      expect(() => checkScheduleKind(make())).toThrow(message);
      const outcomes = await Promise.allSettled(
        scheduleConformance(make()).map(async ({ run }) => run()),
      );
      expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
    });
  }

  it("refuses parts and options that it does not have", async () => {
    expect(() => defineSchedule({ name: "mine", form: 0 } as never)).toThrow(/no option form/);
    const at = () => 1;
    expect(() => defineSchedule({ name: "mine", defaults: { steps: 1 }, at })).toThrow(
      /rename yours/,
    );
    const context = { initial: 1, steps: 5 };
    expect(() => inverseRoot.values(context, { tua: 1 }, [0])).toThrow(/tau/);
    const load = (kind: unknown) =>
      loadSchedule("./x.js", { importModule: async () => ({ default: kind }) });
    await expect(load({ ...inverseRoot, name: "cosine" })).rejects.toThrow(
      /a built-in schedule is/,
    );
    await expect(load({ name: "x", description: "y" })).rejects.toThrow(/defaults/);
  });
});
