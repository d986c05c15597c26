import { type Preset, presets } from "../state/presets.js";
import type { PlaygroundState } from "../state/state.js";
import { encodeState } from "../state/url.js";
import { button, element } from "../ui/dom.js";

/** The runs that the page has ready. */
export class PresetList {
  readonly node: HTMLElement;
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #text = element("p", { class: "preset-text" });

  constructor(start: (preset: Preset) => void) {
    this.#buttons = presets.map((preset) => button(preset.title, () => start(preset)));
    this.node = element(
      "section",
      { class: "presets" },
      element("h2", { textContent: "Begin with" }),
      element("div", { class: "row" }, ...this.#buttons),
      this.#text,
    );
  }

  /** Shows which preset a state is, if one. */
  mark(state: PlaygroundState): void {
    const hash = encodeState(state);
    const index = presets.findIndex((preset) => encodeState(preset.state) === hash);
    for (const [k, one] of this.#buttons.entries()) {
      one.setAttribute("aria-pressed", String(k === index));
    }
    // A preset that was changed keeps its text: it is still what the reader looks at.
    if (index >= 0) this.#text.textContent = presets[index]!.text;
  }
}
