import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ProgressMeter, type RunProgress } from "./progress.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("measurements do not count as slow steps, and those to come do count", () => {
  let last: RunProgress | undefined;
  const meter = new ProgressMeter(100, 200, 20, (progress) => {
    last = progress;
  });
  for (let step = 100; step < 130; step++) {
    if (step % 20 === 0) {
      meter.measuring();
      vi.advanceTimersByTime(30_000);
      meter.measuredAll();
    }
    vi.advanceTimersByTime(500);
    meter.stepped(step + 1, 1);
    expect(last!.rate).toBeCloseTo(2, 10);
  }
  // 70 steps of half a second and the four measurements among them.
  expect(last!.remaining).toBeCloseTo(35 + 4 * 30, 10);
});
