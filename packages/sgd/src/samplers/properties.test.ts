import { stream } from "@eoss/rng";
import {
  fixedBatches,
  type SamplerChoice,
  samplerByName,
  samplerNames,
  shuffledEpochs,
  withReplacement,
} from "@eoss/sgd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const order = stream(12, "data-order");
const sorted = (indices: Iterable<number>) => [...indices].sort((a, b) => a - b);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

/** n, b ≤ n and a seed. */
const sizes = fc
  .integer({ min: 1, max: 60 })
  .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n }), fc.nat()));

const seekable: SamplerChoice[] = [
  "shuffled-epochs",
  { name: "shuffled-epochs", lastBatch: "keep" },
  "independent",
  "with-replacement",
];

describe.each(seekable.map((choice) => ({ choice })))("$choice", ({ choice }) => {
  it("gives the batch of any step in any order of asking, of indices from 0 to n − 1", () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(200), { maxLength: 12 }), ([n, b, seed], steps) => {
        const make = () => samplerByName(choice)(n, b, stream(seed, "data-order"));
        const one = make();
        for (const step of steps) {
          const batch = one.at(step);
          expect(batch).toEqual(make().at(step));
          expect(batch.every((index) => index >= 0 && index < n)).toBe(true);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it.each([-1, 0.5, Number.NaN])("refuses step %s", (step) => {
    expect(() => samplerByName(choice)(10, 3, order).at(step)).toThrow(
      /the step must be an integer from 0 on, not/,
    );
  });
});

describe("shuffledEpochs", () => {
  const epochs = (n: number, b: number, seed: number, lastBatch: "drop" | "keep") => {
    const sampler = shuffledEpochs(n, b, stream(seed, "data-order"), { lastBatch });
    const batches = lastBatch === "keep" ? Math.ceil(n / b) : Math.floor(n / b);
    return upTo(3).map((e) => upTo(batches).map((k) => sampler.at(e * batches + k)));
  };

  it("keeps the last batch on request: each epoch is a permutation of all samples", () => {
    fc.assert(
      fc.property(sizes, ([n, b, seed]) => {
        for (const epoch of epochs(n, b, seed, "keep")) {
          expect(sorted(epoch.flatMap((batch) => [...batch]))).toEqual(upTo(n));
          for (const batch of epoch.slice(0, -1)) expect(batch).toHaveLength(b);
          expect(epoch.at(-1)).toHaveLength(n % b || b);
        }
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it("drops it otherwise: the same shuffle without its end, in full batches", () => {
    fc.assert(
      fc.property(sizes, ([n, b, seed]) => {
        const kept = epochs(n, b, seed, "keep");
        const full = kept.map((epoch) => epoch.filter((batch) => batch.length === b));
        expect(epochs(n, b, seed, "drop")).toEqual(full);
      }),
      { seed: 3, numRuns: 100 },
    );
  });

  it("refuses another word for it", () => {
    const lastBatch = "pad" as "keep";
    expect(() => shuffledEpochs(4, 2, order, { lastBatch })).toThrow(
      'lastBatch of shuffledEpochs is "pad"; allowed: "drop", "keep"',
    );
  });
});

describe("withReplacement", () => {
  it("draws more samples than there are", () => {
    const batch = withReplacement(3, 50, order).at(7);
    expect(sorted(new Set(batch))).toEqual([0, 1, 2]);
  });
});

describe("fixedBatches", () => {
  it("repeats the lists in turn", () => {
    const sampler = fixedBatches(6, [[5, 1], [0], [2, 2, 4]]);
    expect(sampler.batchSize).toBe(3);
    expect([0, 1, 2, 3, 4].map((step) => [...sampler.at(step)])).toEqual([
      [5, 1],
      [0],
      [2, 2, 4],
      [5, 1],
      [0],
    ]);
  });

  it.each([
    { batches: [], message: "there must be a list of at least one batch" },
    { batches: [[0], []], message: "batches[1] is empty" },
    { batches: [[0, 6]], message: "batches[0][1] is 6; allowed: an integer from 0 to 5" },
    { batches: [[-1]], message: "batches[0][0] is -1; allowed: an integer from 0 to 5" },
    { batches: [[0.5]], message: "batches[0][0] is 0.5; allowed: an integer from 0 to 5" },
  ])("refuses $batches", ({ batches, message }) => {
    expect(() => fixedBatches(6, batches)).toThrow(message);
  });
});

describe("samplerByName", () => {
  it("knows them all", () => {
    expect(samplerNames).toEqual([
      "shuffled-epochs",
      "independent",
      "with-replacement",
      "full",
      "fixed",
    ]);
    expect([...samplerByName("full")(3, 3, order).at(5)]).toEqual([0, 1, 2]);
    const fixed = samplerByName({ name: "fixed", batches: [[2, 0]] });
    expect([...fixed(3, 2, order).at(8)]).toEqual([2, 0]);
  });

  it("says what it does not know", () => {
    expect(() => samplerByName("random")).toThrow(
      'unknown sampler "random"; allowed: shuffled-epochs, independent, with-replacement, full, fixed',
    );
    expect(() => samplerByName("constructor")).toThrow(/unknown sampler/);
    const misplaced = { name: "independent", lastBatch: "keep" } as unknown as SamplerChoice;
    expect(() => samplerByName(misplaced)).toThrow(
      "sampler independent has no option lastBatch; it has: no options",
    );
  });

  it("refuses a batch size that would have no effect", () => {
    expect(() => samplerByName("full")(10, 4, order)).toThrow(
      "the batch size is 4; allowed with sampler full: 10",
    );
  });
});

it("draws these batches for ever, on every platform: stored runs depend on them", () => {
  const drawn = seekable.map((choice) =>
    [...samplerByName(choice)(100, 6, order).at(33)].join(" "),
  );
  expect(drawn).toMatchInlineSnapshot(`
    [
      "62 88 54 64 5 71",
      "20 97 27 85",
      "43 75 51 92 58 35",
      "43 75 50 92 56 31",
    ]
  `);
});
