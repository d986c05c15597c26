import type { MeasuringProgress } from "@eoss/sharpness";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ComparedMeasurement, ProgressMeter, type RunProgress } from "./progress.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const loss = { quantity: "loss", seconds: 10 } as ComparedMeasurement;
const gap = { quantity: "gap", seconds: 20 } as ComparedMeasurement;
const measured = (quantity: string) => (quantity === "loss" ? 4 : 1);

it("measurements do not count as slow steps, and those to come do count", () => {
  let last: RunProgress | undefined;
  const meter = new ProgressMeter(100, 200, measured, (progress) => {
    last = progress;
  });
  for (let step = 100; step < 130; step++) {
    if (step % 20 === 0) {
      meter.measuring();
      vi.advanceTimersByTime(30_000);
      meter.measuredAll();
      meter.measured(loss);
      if (step === 100) meter.measured(gap);
    }
    vi.advanceTimersByTime(500);
    meter.stepped(step + 1, 1);
    expect(last!.rate).toBeCloseTo(2, 10);
  }
  // 70 steps of half a second, four measurements of the loss and one of the gap; 60 seconds passed over 40 s of work.
  expect(last!.remaining).toBeCloseTo(35 + (60 / 40) * (4 * 10 + 20), 10);
});

describe("a measurement", () => {
  /** All that a meter reports while products of so many seconds are made. */
  function reportsOf(
    seconds: number,
    cost: string,
    looks: readonly MeasuringProgress[],
    atOnce = 1,
  ) {
    const told: RunProgress[] = [];
    const meter = new ProgressMeter(
      0,
      100,
      measured,
      (progress) => void told.push(progress),
      () => cost,
      atOnce,
    );
    meter.measuring();
    for (const now of looks) {
      meter.looksAt(now);
      vi.advanceTimersByTime(1000 * seconds);
    }
    return { told, meter };
  }
  const products = (quantity: string, count: number) =>
    Array.from({ length: count + 1 }, (_, k): MeasuringProgress => ({ quantity, products: k }));
  const batches = (quantity: string, count: number, most: number) =>
    Array.from(
      { length: count },
      (_, batch): MeasuringProgress => ({ quantity, batch, batches: most, products: 0 }),
    );

  it("is estimated from its second product, once, if it is long", () => {
    const cost = "8 to 30 products over all samples";
    const { told } = reportsOf(0.5, cost, products("fullbs", 5));
    const estimates = told.flatMap(({ estimate }) => estimate ?? []);
    const expected = { quantity: "fullbs", unit: "product", each: 0.5, count: [8, 30] };
    expect(estimates).toEqual([{ ...expected, seconds: [4, 15] }]);
    // After five products, of which the first begins at once.
    expect(told.at(-1)!.measuring).toMatchObject({ quantity: "fullbs", products: 5 });
    expect(told.at(-1)!.measuring!.left).toEqual([4 - 2.5, 15 - 2.5]);
    const short = reportsOf(0.01, cost, products("fullbs", 5)).told;
    expect(short.some(({ estimate }) => estimate)).toBe(false);
    expect(short.at(-1)!.measuring!.left![1]).toBeCloseTo(0.3 - 0.05, 10);
  });

  it("that goes through the samples in chunks has products as long as all their chunks", () => {
    const looks = products("fullbs", 3).flatMap((now) => [
      now,
      ...[0, 1, 2].map((chunk) => ({ ...now, chunk, chunks: 3 })),
    ]);
    const { told } = reportsOf(0.5, "8 to 30 products over all samples", looks);
    expect(told.flatMap(({ estimate }) => estimate ?? [])).toMatchObject([
      { unit: "product", each: 2, count: [8, 30], seconds: [16, 60] },
    ]);
    expect(told.at(-1)!.measuring).toMatchObject({ products: 3, chunk: 2, chunks: 3 });
  });

  it.each([
    ["256 products over all samples", 1, [256, 256]],
    ["32 products on each of 8 batches", 1, [256, 256]],
    ["2 to 6 products a batch of dense layers, else 8 to 25", 64, [16, 1600]],
    ["8 to 25 products a batch", 1, [8, 25]],
  ])("that costs %s is so many products", (cost, most, count) => {
    const looks = products("some", 2).map((now) =>
      most > 1 ? { ...now, batch: 0, batches: most } : now,
    );
    const { told } = reportsOf(3, cost, looks);
    expect(told.at(-1)!.estimate!.count).toEqual(count);
  });

  it("of which nothing is known is estimated from its batches", () => {
    const { told } = reportsOf(2, "a day", batches("own", 4, 32));
    const estimates = told.flatMap(({ estimate }) => estimate ?? []);
    expect(estimates).toEqual([
      { quantity: "own", unit: "batch", each: 2, count: [8, 32], seconds: [16, 64] },
    ]);
    // The first report is of the measurement's begin, then one for each batch as it begins.
    expect(told.findIndex(({ estimate }) => estimate)).toBe(3);
    const pooled = reportsOf(2, "a day", batches("own", 8, 32), 3).told;
    expect(pooled.findIndex(({ estimate }) => estimate)).toBe(7);
    expect(reportsOf(2, "a day", products("own", 9)).told.at(-1)!.measuring!.left).toBeUndefined();
  });

  it("is reckoned by its batches as they go, without the first, which loads what the others use", () => {
    const { told, meter } = reportsOf(60, "a day", batches("own", 1, 32));
    for (const batch of [1, 2, 3, 4]) {
      meter.looksAt({ quantity: "own", batch, batches: 32, products: 0 });
      vi.advanceTimersByTime(500);
    }
    expect(told.flatMap(({ estimate }) => estimate ?? [])).toMatchObject([{ each: 0.5 }]);
    expect(told.at(-1)!.measuring!.left).toEqual([4 * 0.5, 28 * 0.5]);
  });

  it("that was made before takes as long again, and is not estimated", () => {
    const { told, meter } = reportsOf(0.5, "256 products over all samples", []);
    meter.measuredAll();
    meter.measured(loss);
    meter.measuring();
    for (const now of products("loss", 3)) {
      meter.looksAt(now);
      vi.advanceTimersByTime(1000);
    }
    expect(told.at(-1)!.measuring!.left).toEqual([7, 7]);
    expect(told.some(({ estimate }) => estimate)).toBe(false);
  });

  it("that is the last one counts among the seconds to go", () => {
    const told: RunProgress[] = [];
    const meter = new ProgressMeter(
      0,
      1,
      () => 0,
      (progress) => void told.push(progress),
    );
    meter.measured(loss);
    vi.advanceTimersByTime(1000);
    meter.stepped(1, 1);
    expect(told.at(-1)!.remaining).toBe(0);
    meter.measuring();
    for (const now of products("loss", 3)) {
      meter.looksAt(now);
      vi.advanceTimersByTime(1000);
    }
    expect(told.at(-1)!.remaining).toBe(10 - 3);
    // It takes longer than before: nothing is known of how long.
    vi.advanceTimersByTime(8000);
    meter.looksAt({ quantity: "loss", products: 4 });
    expect(told.at(-1)!.measuring!.left).toBeUndefined();
  });
});
