import { describe, expect, it } from "vitest";
import { oneHot } from "./oneHot.js";
import { twoPoint } from "./twoPoint.js";

describe("two-point", () => {
  it("is e₁ and e₂, both with the target 1", () => {
    const { samples, images, labels, classes, inputShape } = twoPoint();
    expect({ samples, inputShape }).toEqual({ samples: 2, inputShape: [1, 2, 1] });
    expect([...images]).toEqual([1, 0, 0, 1]);
    expect([...oneHot(labels, classes)]).toEqual([1, 1]);
  });

  it("can be cut to one, and has no more", () => {
    expect([...twoPoint({ samples: 1 }).images].sort()).toEqual([0, 1]);
    expect(() => twoPoint({ samples: 3 })).toThrow(/from 1 to the 2 available/);
    expect(() => twoPoint({ split: "test" })).toThrow(/nothing is held out/);
  });
});
