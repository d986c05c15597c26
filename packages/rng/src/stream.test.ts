import { stream } from "@eoss/rng";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("stream", () => {
  it("is a pure function of seed, name and index, in any order of reading", () => {
    const forwards = Array.from({ length: 40 }, (_, i) => stream(7, "init").uint32At(i));
    const one = stream(7, "init");
    const backwards = Array.from({ length: 40 }, (_, i) => one.uint32At(39 - i)).reverse();
    expect(backwards).toEqual(forwards);
  });

  it("keeps these values for ever: stored runs depend on them", () => {
    const s = stream(42, "data-order");
    expect([...s.shuffle(8)]).toMatchInlineSnapshot(`
      [
        3,
        4,
        1,
        6,
        7,
        5,
        0,
        2,
      ]
    `);
    expect([...s.fork(3, 1).sample(1000, 5)]).toMatchInlineSnapshot(`
      [
        991,
        785,
        525,
        656,
        901,
      ]
    `);
    expect(s.uint32At(0)).toMatchInlineSnapshot(`1696689285`);
  });

  it("separates names, seeds and forks", () => {
    const firsts = [
      stream(1, "init"),
      stream(2, "init"),
      stream(1, "data-order"),
      stream(1, "init").fork(0),
      stream(1, "init").fork(1),
      stream(1, "init").fork(0, 1),
      stream(1, "init").fork(1, 0),
      stream(2 ** 40, "init"),
    ].map((s) => s.uint32At(0));
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("refuses seeds and ids that are no counters", () => {
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => stream(bad, "init")).toThrow(RangeError);
      expect(() => stream(0, "init").fork(bad)).toThrow(/fork id must be an integer/);
    }
  });

  it("shuffles: every result is a permutation", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (n, seed) => {
        const order = stream(seed, "shuffle").shuffle(n);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("samples distinct members", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(), (n, draw, seed) => {
        const k = draw % (n + 1);
        const drawn = stream(seed, "sample").sample(n, k);
        expect(drawn).toHaveLength(k);
        expect(new Set(drawn).size).toBe(k);
        expect(drawn.every((member) => member >= 0 && member < n)).toBe(true);
      }),
      { seed: 2, numRuns: 200 },
    );
    expect(() => stream(0, "sample").sample(3, 4)).toThrow(/4 distinct members out of 3/);
  });
});

// Fixed samples, fixed seeds: |z| < 4 has a chance of 6e-5 for a right generator, once and for all.
describe("distributions", () => {
  const size = 200_000;
  const z = (sample: number, expected: number, deviation: number) =>
    (sample - expected) / (deviation / Math.sqrt(size));

  it("uniform: mean and variance", () => {
    const s = stream(3, "uniform");
    const values = Array.from({ length: size }, (_, i) => s.uniformAt(i));
    expect(Math.abs(z(mean(values), 1 / 2, Math.sqrt(1 / 12)))).toBeLessThan(4);
    const squares = values.map((u) => (u - 1 / 2) ** 2);
    expect(Math.abs(z(mean(squares), 1 / 12, Math.sqrt(1 / 180)))).toBeLessThan(4);
    // A generator on [0, 1/2·(1 + 1/50)) more than the right one must not pass.
    expect(
      Math.abs(z(mean(values.map((u) => u * 1.02)), 1 / 2, Math.sqrt(1 / 12))),
    ).toBeGreaterThan(4);
  });

  it("normal: moments one to four, neighbours uncorrelated", () => {
    const s = stream(4, "normal");
    const values = Array.from({ length: size }, (_, i) => s.normalAt(i));
    expect(Math.abs(z(mean(values), 0, 1))).toBeLessThan(4);
    expect(Math.abs(z(mean(values.map((x) => x ** 2)), 1, Math.sqrt(2)))).toBeLessThan(4);
    expect(Math.abs(z(mean(values.map((x) => x ** 3)), 0, Math.sqrt(15)))).toBeLessThan(4);
    expect(Math.abs(z(mean(values.map((x) => x ** 4)), 3, Math.sqrt(96)))).toBeLessThan(4);
    const products = values.slice(1).map((x, i) => x * values[i]!);
    expect(Math.abs(z(mean(products), 0, 1))).toBeLessThan(4);
  });

  it("signs: mean, and no correlation of neighbours", () => {
    const values = [...stream(6, "signs").signs(size)];
    expect(new Set(values)).toEqual(new Set([1, -1]));
    expect(Math.abs(z(mean(values), 0, 1))).toBeLessThan(4);
    for (const lag of [1, 2, 31, 32]) {
      const products = values.slice(lag).map((x, i) => x * values[i]!);
      expect(Math.abs(z(mean(products), 0, 1))).toBeLessThan(4);
    }
  });

  it("sample: each ordered pair out of five equally often (chi-square, 19 degrees of freedom)", () => {
    const counts = new Map<string, number>();
    const draws = 20_000;
    const s = stream(5, "pairs");
    for (let i = 0; i < draws; i++) {
      const pair = s.fork(i).sample(5, 2).join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(20);
    const expected = draws / 20;
    const chiSquare = [...counts.values()].reduce(
      (sum, c) => sum + (c - expected) ** 2 / expected,
      0,
    );
    expect(chiSquare).toBeLessThan(51); // the quantile 1 − 1e-4
  });
});
