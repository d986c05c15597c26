import { manifestOf } from "@eoss/run";
import { expect, it } from "vitest";
import { rulesOf } from "../src/playground/charts/rules.js";
import { Trace } from "../src/playground/run/trace.js";
import { inputsOf } from "../src/playground/state/inputs.js";
import { presets } from "../src/playground/state/presets.js";

it("knows where and how a run was changed, as far as it has come", () => {
  const { state } = presets.find(({ name }) => name === "edge")!;
  const intervene = ["at=10 lr=0.4", "at=20 batch=64 noise=isotropic", "at=30 optimizer=adam"];
  const inputs = inputsOf({ ...state, settings: { ...state.settings, batch: 16, intervene } });
  const trace = new Trace("run", manifestOf(inputs, {}));
  const upTo = (step: number) => {
    trace.add([{ step, quantity: "fullbs", value: 1, seconds: 0 } as never]);
    return trace.changes();
  };
  expect(upTo(9)).toEqual([]);
  expect(upTo(25)).toEqual([
    { step: 10, text: "η 0.2 → 0.4" },
    { step: 20, text: "b 16 → 64, noise none → isotropic" },
  ]);
  expect(upTo(40).at(-1)).toEqual({ step: 30, text: "optimizer sgd → adam" });
});

it("stands in the charts where a network died and where a run diverged", () => {
  const inputs = inputsOf(presets[0]!.state);
  const manifest = {
    ...manifestOf(inputs, {}),
    collapsed: 12,
    end: { reason: "diverged", step: 30, message: "" },
  } as const;
  const run = new Trace("run", manifest);
  const twin = new Trace("twin", { ...manifest, collapsed: 20, end: null });
  expect(rulesOf([run])).toEqual([
    { x: 12, text: "network dead" },
    { x: 30, text: "diverged at 30" },
  ]);
  expect(rulesOf([run, twin])).toContainEqual({ x: 20, text: "twin: network dead" });
});
