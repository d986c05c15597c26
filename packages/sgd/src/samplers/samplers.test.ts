import { stream } from "@eoss/rng";
import { fullBatch, independentBatches, shuffledEpochs } from "@eoss/sgd";
import { describe, expect, it } from "vitest";

const order = stream(11, "data-order");
const sorted = (indices: Iterable<number>) => [...indices].sort((a, b) => a - b);

describe("shuffledEpochs", () => {
  it("uses every sample once an epoch, and reshuffles", () => {
    const sampler = shuffledEpochs(12, 3, order);
    const epoch = (e: number) => [0, 1, 2, 3].flatMap((k) => [...sampler.at(4 * e + k)]);
    expect(sorted(epoch(0))).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(sorted(epoch(1))).toEqual(sorted(epoch(0)));
    expect(epoch(1)).not.toEqual(epoch(0));
  });

  it("drops the last partial batch", () => {
    const sampler = shuffledEpochs(11, 4, order);
    const epoch = [...sampler.at(0), ...sampler.at(1)];
    expect(new Set(epoch).size).toBe(8);
    const next = new Set([...sampler.at(2), ...sampler.at(3)]);
    expect(next.size).toBe(8);
  });

  it("gives any step at once, without replaying the past", () => {
    const forwards = shuffledEpochs(50, 7, order);
    const batches = Array.from({ length: 40 }, (_, step) => [...forwards.at(step)]);
    for (const step of [39, 0, 17, 6, 7]) {
      expect([...shuffledEpochs(50, 7, order).at(step)]).toEqual(batches[step]);
    }
  });

  it("hands out batches that the caller may change", () => {
    const sampler = shuffledEpochs(8, 4, order);
    const before = [...sampler.at(0)];
    sampler.at(0).fill(-1);
    expect([...sampler.at(0)]).toEqual(before);
  });

  it.each([0, 13, 2.5])("refuses a batch of %s out of 12", (batchSize) => {
    expect(() => shuffledEpochs(12, batchSize, order)).toThrow(/from 1 to 12 samples/);
  });
});

describe("independentBatches", () => {
  it("draws each batch without repeats, batches independently", () => {
    const sampler = independentBatches(10, 8, order);
    const batches = Array.from({ length: 20 }, (_, step) => [...sampler.at(step)]);
    for (const batch of batches) expect(new Set(batch).size).toBe(8);
    expect(new Set(batches.map((batch) => batch.join())).size).toBe(20);
  });
});

describe("fullBatch", () => {
  it("is every sample at every step", () => {
    expect([...fullBatch(4).at(9)]).toEqual([0, 1, 2, 3]);
  });
});
