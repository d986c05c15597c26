import { describe, expect, it } from "vitest";
import { ringDrawing, withData, withModel } from "../src/playground/state/edits.js";
import { inputsOf } from "../src/playground/state/inputs.js";
import { presets } from "../src/playground/state/presets.js";
import { configOf, type PlaygroundState, twinState } from "../src/playground/state/state.js";
import { decodeState, encodeState } from "../src/playground/state/url.js";

const edge = presets[0]!.state;

/** States that between them use every part of an address. */
const states: Record<string, PlaygroundState> = {
  ...Object.fromEntries(presets.map(({ name, state }) => [name, state])),
  drawn: withData({ ...edge, points: ringDrawing(), backend: "webgl" }, "drawn"),
  cnn: withModel(edge, "small cnn"),
  changed: {
    ...edge,
    settings: {
      ...edge.settings,
      intervene: ["at=20 lr=0.4", "at=30 optimizer=heavy-ball momentum=0.9 batch=8"],
    },
    twin: { at: 25, intervene: ["at=25 noise=isotropic,covariance=drawn"] },
  },
};

describe.each(Object.entries(states))("the address of %s", (_, state) => {
  it("gives the state back", () => {
    expect(decodeState(`#${encodeState(state)}`)).toEqual(state);
  });

  it("is a run that can be trained", () => {
    expect(inputsOf(state).model.parameterCount).toBeGreaterThan(3);
    if (state.twin) inputsOf(twinState(state, state.twin));
  });
});

describe("an address that cannot be read", () => {
  it.each([
    ["lr=0.1&out=runs", /"out", which is not a setting of the playground/],
    ["backend=tpu", /asks for the unknown backend "tpu"; allowed: wasm, webgl, webgpu, cpu/],
    ["points=00", /incomplete/],
    ["points=0000*", /cannot be read/],
    ["model-options=%7B", /not JSON/],
    ["twin-at=soon", /which is not a step/],
  ])("%s", (hash, message) => {
    expect(() => decodeState(hash)).toThrow(message);
  });

  it("is refused in the words of the settings where a value does not fit", () => {
    const state = decodeState(encodeState(edge).replace("lr=0.2", "lr=-1"));
    expect(() => configOf(state)).toThrow(/lr .*cannot be -1; allowed: a number above 0/);
  });
});

it("a twin has the changes of the run up to the fork, and its own", () => {
  const settings = { ...edge.settings, intervene: ["at=10 lr=0.1", "at=40 lr=0.3"] };
  const twin = twinState({ ...edge, settings }, { at: 20, intervene: ["at=20 batch=8"] });
  expect(twin.settings.intervene).toEqual(["at=10 lr=0.1", "at=20 batch=8"]);
});
