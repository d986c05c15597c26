import { describe, expect, it } from "vitest";
import { decodeChanges, withChanges } from "../src/playground/state/changes.js";
import { withData, withLowerRate } from "../src/playground/state/edits.js";
import { presets } from "../src/playground/state/presets.js";
import { withInterventions } from "../src/playground/state/state.js";
import { taskOf } from "../src/playground/state/task.js";

const edge = presets[0]!.state;

describe("changes", () => {
  it("are words of --intervene", () => {
    const words = withChanges([], 7, { lr: "0.1", noise: "isotropic covariance=drawn" });
    expect(words).toEqual(["at=7 lr=0.1 noise=isotropic,covariance=drawn"]);
    expect(decodeChanges(words[0]!)).toEqual({ at: 7, names: ["lr", "noise"] });
  });

  it("replace what had said the same of the same step, and nothing else", () => {
    const before = ["at=7 lr=0.1", "at=7 batch=8", "at=6 lr=1"];
    expect(withChanges(before, 7, { lr: "0.2" })).toEqual([
      "at=7 batch=8",
      "at=6 lr=1",
      "at=7 lr=0.2",
    ]);
  });
});

describe("a run that diverged", () => {
  it("begins again with half of η", () => {
    expect(withLowerRate(edge, 3).settings.lr).toBe(0.1);
  });

  it("or half of what η was changed to, where that was the reason", () => {
    const changed = withInterventions(edge, ["at=10 lr=8 batch=4", "at=50 lr=9"]);
    const lower = withLowerRate(changed, 20);
    expect(lower.settings.intervene).toEqual(["at=10 lr=4 batch=4", "at=50 lr=9"]);
    expect(lower.settings.lr).toBe(0.2);
  });
});

it.each(["digits", "spirals", "two-point"])(
  "other data are trained by a network that fits: %s",
  (data) => {
    for (const { state } of presets) expect(() => taskOf(withData(state, data))).not.toThrow();
  },
);
