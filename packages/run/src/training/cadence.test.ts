import { expect, it } from "vitest";
import { Cadence } from "./cadence.js";

/** Share of the time spent on measuring when a step takes 10 ms and a measurement 300 ms. */
function shareSpent(budget: number | undefined, thresholdDistance: number) {
  const cadence = new Cadence({ every: 10, names: ["loss"], budget });
  const steps: number[] = [];
  for (let step = 0; step < 5000; step++) {
    if (cadence.due(step).length > 0) {
      steps.push(step);
      cadence.measured(step, 0.3, thresholdDistance);
    }
    cadence.trained(0.01);
  }
  const measuring = 0.3 * steps.length;
  return { steps, share: measuring / (measuring + 5000 * 0.01) };
}

it("without a budget the spacing is fixed", () => {
  const { steps } = shareSpent(undefined, 0.01);
  expect(steps).toEqual(Array.from({ length: 500 }, (_, i) => 10 * i));
});

it.each([0.05, 0.2, 0.4])("with a budget of %d, that share is spent, near or far", (budget) => {
  for (const distance of [0.01, 2]) {
    const { share } = shareSpent(budget, distance);
    expect(share).toBeLessThan(1.05 * budget);
    expect(share).toBeGreaterThan(0.9 * budget);
  }
});

it("a session that goes on does not measure twice at a step", () => {
  const cadence = new Cadence({ every: 10, names: ["loss"], budget: 0.5, last: 40 });
  expect([40, 41].map((step) => cadence.due(step))).toEqual([[], ["loss"]]);
});
