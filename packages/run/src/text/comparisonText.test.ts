import { describe, expect, it } from "vitest";
import { ratioText } from "./comparisonText.js";

const comparison = { matrix: "H", value: 10, formula: "2/η", words: "" } as const;

describe("ratioText", () => {
  it.each([
    [10.43, "1.04 × 2/η"],
    [13, "1.30 × 2/η"],
    [-2.5, "-0.25 × 2/η"],
    [0, "0.00 × 2/η"],
    [250, "25 × 2/η"],
    // As long as any other number, however far from the threshold.
    [1.2167e19, "1.22e18 × 2/η"],
    [3.217e-4, "3.22e-5 × 2/η"],
  ])("%d over 10 is %s", (value, text) => {
    expect(ratioText(value, comparison as never)).toBe(text);
  });
});
