import { describe, expect, it } from "vitest";
import { decodeChanges, withChanges } from "../src/playground/state/changes.js";
import {
  plateauChangeOf,
  scheduleOf,
  withData,
  withLowerRate,
  withPlateauChange,
  withSchedule,
} from "../src/playground/state/edits.js";
import { inputsOf } from "../src/playground/state/inputs.js";
import { presets } from "../src/playground/state/presets.js";
import { withInterventions } from "../src/playground/state/state.js";

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

  it.each([
    [[], [], { lr: 0.1 }],
    [["at=5 lr=2"], [], { intervene: ["at=5 lr=1"] }],
    [["at=plateau lr=2"], [], { lr: 0.1 }],
    [["at=plateau lr=2"], [8], { intervene: ["at=plateau lr=1"] }],
    [["at=plateau lr=2", "at=4 lr=3"], [8], { intervene: ["at=plateau lr=1", "at=4 lr=3"] }],
    [["at=plateau lr=2", "at=9 lr=3"], [8], { intervene: ["at=plateau lr=2", "at=9 lr=1.5"] }],
  ])("or of what a plateau changed it to: %j, plateaus at %j", (list, plateaus, expected) => {
    const lower = withLowerRate(withInterventions(edge, list), 10, plateaus);
    expect(lower.settings).toMatchObject(expected);
  });
});

describe("rules of a run in the form", () => {
  it("schedules of η and of b, apart", () => {
    const both = withSchedule(withSchedule(edge, "batch", "steps at=9:4"), "lr", "linear to=0");
    expect(both.settings.schedule).toEqual(["batch=steps at=9:4", "lr=linear to=0"]);
    expect([scheduleOf(both, "lr"), scheduleOf(both, "batch")]).toEqual([
      "linear to=0",
      "steps at=9:4",
    ]);
    expect(withSchedule(withSchedule(both, "lr", ""), "batch", "")).toEqual(edge);
  });

  it("changes at plateaus, beside those at steps", () => {
    const live = withInterventions(edge, ["at=3 lr=0.1"]);
    const state = withPlateauChange(live, "lr=0.05 ; batch=64");
    const list = ["at=plateau lr=0.05", "at=plateau batch=64", "at=3 lr=0.1"];
    expect(state.settings.intervene).toEqual(list);
    expect(plateauChangeOf(state)).toBe("lr=0.05; batch=64");
    expect(withPlateauChange(state, "")).toEqual(live);
  });
});

it.each(["digits", "spirals", "two-point"])(
  "other data are trained by a network that fits: %s",
  (data) => {
    for (const { state } of presets) expect(() => inputsOf(withData(state, data))).not.toThrow();
  },
);
