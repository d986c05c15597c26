import { stream } from "@eoss/rng";
import { type Batches, type SamplerChoice, samplerByName } from "@eoss/sgd";
import { describe, expect, it } from "vitest";

// Fixed sample sizes and seeds: a right sampler passes |z| < 4 with a chance of 1 − 6e-5, once and
// for all. Each statistic also meets a wrong sampler, which must fail it.

const SAMPLES = 12;
const BATCH = 4;
const STEPS = 30_000;
const LIMIT = 4;

const order = stream(21, "statistics");
const drawn = (sampler: Batches) => Array.from({ length: STEPS }, (_, step) => sampler.at(step));
const of = (choice: SamplerChoice) => samplerByName(choice)(SAMPLES, BATCH, order);

/** z of a count of successes in independent trials of probability p. */
const zOf = (count: number, trials: number, p: number) =>
  (count - trials * p) / Math.sqrt(trials * p * (1 - p));

const largest = (zs: Iterable<number>) => Math.max(...[...zs].map(Math.abs));

/** How often each index stands first in a batch: 1/n each. A bias towards any index shows here. */
function firstPlaces(batches: readonly Int32Array[]): number {
  const counts = new Array<number>(SAMPLES).fill(0);
  for (const [first] of batches) counts[first!]!++;
  return largest(counts.map((count) => zOf(count, batches.length, 1 / SAMPLES)));
}

/** How often the first two of a batch are each unordered pair, among batches where they differ. */
function pairs(batches: readonly Int32Array[]): number {
  const counts = new Map<number, number>();
  let trials = 0;
  for (const [a, b] of batches) {
    if (a === b) continue;
    trials++;
    const pair = Math.min(a!, b!) * SAMPLES + Math.max(a!, b!);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  const all = (SAMPLES * (SAMPLES - 1)) / 2;
  const absent = all - counts.size;
  const zs = [...counts.values(), ...new Array(absent).fill(0)].map((c) => zOf(c, trials, 1 / all));
  return largest(zs);
}

/** How often the first two of a batch are the same sample: 1/n with replacement. */
function repeats(batches: readonly Int32Array[]): number {
  return Math.abs(zOf(batches.filter(([a, b]) => a === b).length, batches.length, 1 / SAMPLES));
}

/** How often the first of a batch is that of the batch before: 1/n where batches are independent. */
function recurrences(batches: readonly Int32Array[]): number {
  const again = batches.filter(([first], i) => i > 0 && first === batches[i - 1]![0]).length;
  return Math.abs(zOf(again, batches.length - 1, 1 / SAMPLES));
}

/** Every index as likely, but cut from one line: neighbours always together. */
const blocks: Batches = {
  at(step) {
    const start = Math.floor(order.uniformAt(step) * SAMPLES);
    return Int32Array.from({ length: BATCH }, (_, i) => (start + i) % SAMPLES);
  },
};

/** Rounds where it should cut off: the first index half as likely as others. */
const rounded: Batches = {
  at(step) {
    const draws = order.fork(step);
    return Int32Array.from({ length: BATCH }, (_, i) =>
      Math.round(draws.uniformAt(i) * (SAMPLES - 1)),
    );
  },
};

/** The same batch twice in a row. */
const stuttering: Batches = {
  at: (step) => of("independent").at(Math.floor(step / 2)),
};

describe.each<SamplerChoice>(["shuffled-epochs", "independent", "with-replacement"])(
  "%s",
  (choice) => {
    const batches = drawn(of(choice));

    it("draws each sample equally often", () => {
      expect(firstPlaces(batches)).toBeLessThan(LIMIT);
    });

    it("puts each two samples together equally often", () => {
      expect(pairs(batches)).toBeLessThan(LIMIT);
    });
  },
);

describe("independence", () => {
  it("of draws with replacement: repeats in 1/n of the pairs", () => {
    expect(repeats(drawn(of("with-replacement")))).toBeLessThan(LIMIT);
    expect(repeats(drawn(of("independent")))).toBeGreaterThan(LIMIT);
  });

  it("of batches, but not within an epoch", () => {
    expect(recurrences(drawn(of("independent")))).toBeLessThan(LIMIT);
    expect(recurrences(drawn(of("with-replacement")))).toBeLessThan(LIMIT);
    expect(recurrences(drawn(of("shuffled-epochs")))).toBeGreaterThan(LIMIT);
  });
});

describe("wrong samplers fail", () => {
  it("rounding at the ends", () => {
    expect(firstPlaces(drawn(rounded))).toBeGreaterThan(2 * LIMIT);
  });

  it("blocks of neighbours, though each sample comes equally often", () => {
    expect(firstPlaces(drawn(blocks))).toBeLessThan(LIMIT);
    expect(pairs(drawn(blocks))).toBeGreaterThan(2 * LIMIT);
  });

  it("the same batch twice", () => {
    expect(recurrences(drawn(stuttering))).toBeGreaterThan(2 * LIMIT);
  });
});
