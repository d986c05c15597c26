import { presets } from "../../playground/state/presets.js";
import type { PlaygroundState } from "../../playground/state/state.js";

/** The network of the playground, 3,562 parameters on 512 digits, with settings of a scene. */
export function digitsRun(settings: PlaygroundState["settings"]): PlaygroundState {
  const { state } = presets.find(({ name }) => name === "batches")!;
  return { settings: { ...state.settings, ...settings }, points: [], backend: "wasm" };
}
