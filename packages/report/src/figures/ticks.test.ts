import { expect, it } from "vitest";
import { evenLabels, evenTicks, readableSpan } from "./ticks.js";

it("axes of any two numbers have finite ends, ticks between them, and labels", () => {
  const numbers = [0, 5e-324, 1e-310, 1e-7, 1, 123456.789, 1e21, 1e308, Number.MAX_VALUE];
  const all = [...numbers, ...numbers.map((value) => -value)];
  for (const a of all) {
    for (const b of all) {
      const [low, high] = readableSpan(Math.min(a, b), Math.max(a, b));
      const ticks = evenTicks(low, high);
      expect([low, high, ...ticks].every(Number.isFinite), `${a} to ${b}: ${ticks}`).toBe(true);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThan(20);
      expect(ticks.map(evenLabels(ticks)).join()).not.toMatch(/NaN|∞|Infinity/);
    }
  }
});
