import { button, element, setText } from "../../playground/ui/dom.js";
import { lessMotion } from "./motion.js";
import { Slider } from "./slider.js";

const STEPS_PER_SECOND = 4;

/**
 * Goes through the steps of something that is computed at once: by a slider, step by step, or, unless the reader
 * wants less motion, by itself.
 */
export class Player {
  readonly node: HTMLElement;
  readonly #slider: Slider;
  readonly #play = button("Play", () => (this.#timer ? this.pause() : this.#begin()));
  readonly #last: number;
  readonly #onStep: () => void;
  #step: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param step the step that is shown first */
  constructor(last: number, step: number, onStep: () => void) {
    this.#last = last;
    this.#step = step;
    this.#onStep = onStep;
    this.#slider = new Slider({
      label: "steps",
      min: 0,
      max: last,
      step: 1,
      value: step,
      text: (value) => String(value),
      onChange: (value) => {
        this.pause();
        this.#go(value);
      },
    });
    const one = button("One step", () => {
      this.pause();
      this.#go(this.#step + 1);
    });
    const buttons = element(
      "div",
      { class: "buttons" },
      one,
      button("To the start", () => this.#go(0)),
    );
    if (!lessMotion()) buttons.prepend(this.#play);
    this.node = element("div", { class: "controls" }, this.#slider.node, buttons);
  }

  get step(): number {
    return this.#step;
  }

  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    setText(this.#play, "Play");
  }

  #begin(): void {
    if (this.#step === this.#last) this.#go(0);
    setText(this.#play, "Pause");
    this.#timer = setInterval(() => {
      this.#go(this.#step + 1);
      if (this.#step === this.#last) this.pause();
    }, 1000 / STEPS_PER_SECOND);
  }

  #go(step: number): void {
    this.#step = Math.min(step, this.#last);
    this.#slider.set(this.#step);
    this.#onStep();
  }
}
