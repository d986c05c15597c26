import { manifestOf } from "@eoss/run";
import { expect, it } from "vitest";
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
