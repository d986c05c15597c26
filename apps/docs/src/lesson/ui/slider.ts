import { element, setText } from "../../playground/ui/dom.js";

export interface SliderOptions {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** The value as it is shown and spoken: "η = 0.2". */
  readonly text: (value: number) => string;
  readonly onChange: (value: number) => void;
}

/** A native range input, whose value is shown beside it and spoken in the same words. */
export class Slider {
  readonly node: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #shown = element("output", { attributes: { "aria-hidden": "true" } });
  readonly #text: (value: number) => string;

  constructor({ label, min, max, step, value, text, onChange }: SliderOptions) {
    this.#text = text;
    this.#input = element("input", {
      type: "range",
      min: String(min),
      max: String(max),
      step: String(step),
      oninput: () => {
        this.#show(this.#input.valueAsNumber);
        onChange(this.#input.valueAsNumber);
      },
    });
    this.#input.id = `lesson-slider-${++sliders}`;
    const name = element("label", { htmlFor: this.#input.id, textContent: label });
    this.node = element("div", { class: "slider" }, name, this.#input, this.#shown);
    this.set(value);
  }

  /** Another value, also one between two steps of the handle. */
  set(value: number): void {
    this.#input.value = String(value);
    this.#show(value);
  }

  #show(value: number): void {
    const text = this.#text(value);
    this.#input.setAttribute("aria-valuetext", text);
    setText(this.#shown, text);
  }
}

let sliders = 0;
