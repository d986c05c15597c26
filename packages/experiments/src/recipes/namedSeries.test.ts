import { openRun } from "@eoss/run";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { namedSeries } from "./namedSeries.js";

const rest = { samples: 1, products: 1, seconds: 0, status: "converged" };
const run = openRun({
  ...syntheticRun({ lr: 0.2 }),
  records: [
    { step: 0, quantity: "minibs", value: 12, standardError: 3, errorBound: 0.5, ...rest },
    { step: 0, quantity: "fullbs", value: 4, errorBound: 0.25, ...rest },
    { step: 10, quantity: "minibs", value: 14, standardError: 3, ...rest },
    { step: 20, quantity: "fullbs", value: 5, ...rest },
  ],
});

describe("a series by its name", () => {
  it("a difference takes the steps of both, with both errors", () => {
    const difference = { step: 0, value: 8, standardError: 3, errorBound: 0.75 };
    expect(namedSeries(run, "minibs - fullbs", "none")).toMatchObject([difference]);
    const [relative] = namedSeries(run, "minibs - fullbs", "threshold");
    // 2/η is 10.
    expect(relative!.value).toBeCloseTo(0.8, 12);
    expect(relative!.standardError).toBeCloseTo(0.3, 12);
    expect(relative!.errorBound).toBeCloseTo(0.075, 12);
  });

  it("a part of a quantity", () => {
    const parts = { ratio: { value: 0.9, standardError: 0.1 } };
    const records = [{ step: 5, quantity: "overlap", value: 0.5, parts, ...rest }];
    const [point] = namedSeries(openRun({ ...run, records }), "overlap/ratio", "none");
    expect(point).toMatchObject({ step: 5, value: 0.9, standardError: 0.1 });
    expect(namedSeries(run, "overlap/ratio", "none")).toEqual([]);
  });
});
