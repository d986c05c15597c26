import { LIGHT } from "@eoss/report";
import { expect, it } from "vitest";
import { batchSizeFigure } from "./batchSizeFigure.js";
import { plotSchema } from "./schema.js";

const LINES = [
  { at: 1, label: "2(1 + β)/η" },
  { at: 0.3, label: "2(1 − β)/η" },
];

function drawn(lines?: typeof LINES): string {
  const plot = plotSchema.parse({ kind: "batch-size", name: "p", of: ["q"], lines });
  if (plot.kind !== "batch-size") throw new Error("no such plot");
  const rows = [4, 64].map((batchSize) => ({
    ...{ series: "runs", quantity: "q", batchSize, samples: 128 },
    ...{ value: 0.5, standardError: 0.01, margin: 0.02, errorBound: 0 },
  }));
  return batchSizeFigure(plot, rows, { title: "p", unit: "2/η", palette: LIGHT });
}

it("draws the levels that a recipe asks for, with their names in the legend", () => {
  const [without, both] = [drawn(), drawn(LINES)];
  for (const { label } of LINES) {
    expect(both).toContain(label);
    expect(without).not.toContain(label);
  }
  const rules = (svg: string) => svg.split('aria-label="rule"').length;
  expect(rules(both) - rules(without)).toBe(2);
  expect(() => drawn([...LINES, ...LINES])).toThrow();
});
