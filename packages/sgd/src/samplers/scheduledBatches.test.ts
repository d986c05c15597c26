import { stream } from "@eoss/rng";
import { batchSizeAt, type Schedule, samplerByName, scheduledBatches } from "@eoss/sgd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const order = stream(5, "data-order");
const epochs = samplerByName("shuffled-epochs");
const doubled: Schedule = { kind: "steps", initial: 4, changes: [{ at: 10, value: 8 }] };

describe("scheduledBatches", () => {
  it("equals an unchanged twin until the change", () => {
    const twin = epochs(40, 4, order);
    const changed = scheduledBatches(doubled, 40, epochs, order);
    for (let step = 0; step < 10; step++) expect(changed.at(step)).toEqual(twin.at(step));
    expect(changed.at(10)).toHaveLength(8);
  });

  it("without a change is the sampler itself", () => {
    const same = { kind: "steps", initial: 4, changes: [{ at: 10, value: 4 }] } as const;
    for (const schedule of [4, same]) {
      const scheduled = scheduledBatches(schedule, 40, epochs, order);
      for (const step of [0, 9, 10, 57]) {
        expect(scheduled.at(step)).toEqual(epochs(40, 4, order).at(step));
      }
    }
  });

  it("begins a new epoch at the change, which repeats no earlier shuffle", () => {
    const changed = scheduledBatches(doubled, 40, epochs, order);
    const epoch = [10, 11, 12, 13, 14].flatMap((step) => [...changed.at(step)]);
    expect(new Set(epoch).size).toBe(40);
    const earlier = Array.from({ length: 20 }, (_, e) => [...order.fork(e).shuffle(40)].join());
    expect(earlier).not.toContain(epoch.join());
  });

  it("can be entered at any step, in any order, with any schedule", () => {
    const b = fc.integer({ min: 1, max: 20 });
    const ramp: fc.Arbitrary<Schedule> = fc.record({
      kind: fc.constantFrom("linear" as const, "cosine" as const),
      from: b,
      to: b,
      steps: fc.integer({ min: 1, max: 30 }),
    });
    const steps: fc.Arbitrary<Schedule> = fc
      .record({ initial: fc.oneof(b, ramp), at: fc.nat(40), value: fc.oneof(b, ramp) })
      .map(({ initial, at, value }) => ({ kind: "steps", initial, changes: [{ at, value }] }));
    const warmUp: fc.Arbitrary<Schedule> = fc.record({
      kind: fc.constant("warm-up" as const),
      from: b,
      steps: fc.integer({ min: 1, max: 20 }),
      after: fc.oneof(b, ramp, steps),
    });
    fc.assert(
      fc.property(
        fc.oneof(b, ramp, steps, warmUp),
        fc.array(fc.nat(100), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        (schedule, asked, seed) => {
          const make = () => scheduledBatches(schedule, 20, epochs, stream(seed, "data-order"));
          const one = make();
          for (const step of asked) {
            const batch = one.at(step);
            expect(batch).toEqual(make().at(step));
            expect(batch).toHaveLength(batchSizeAt(schedule, step));
            expect(new Set(batch).size).toBe(batch.length);
          }
        },
      ),
      { seed: 4, numRuns: 200 },
    );
  });

  it("says when a batch size does not fit", () => {
    const tooLarge = scheduledBatches(doubled, 6, epochs, order);
    expect(tooLarge.at(9)).toHaveLength(4);
    expect(() => tooLarge.at(10)).toThrow("the batch size must be from 1 to 6 samples, not 8");
  });
});
