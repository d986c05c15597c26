import { oneHot } from "@eoss/data";
import { describe, expect, it } from "vitest";

describe("oneHot", () => {
  it("puts a single one into each row, at the label", () => {
    expect(Array.from(oneHot([2, 0], 3))).toEqual([0, 0, 1, 1, 0, 0]);
  });

  it("refuses a label that is not a class, and says which", () => {
    expect(() => oneHot([0, 1, 3], 3)).toThrow("label 2 is 3, expected an integer from 0 to 2");
    expect(() => oneHot([0.5], 3)).toThrow(RangeError);
  });
});
