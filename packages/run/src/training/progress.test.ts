import { afterEach, beforeEach, expect, it, vi } from "vitest";
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
