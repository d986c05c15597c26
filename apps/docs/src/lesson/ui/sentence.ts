import { element, setText } from "../../playground/ui/dom.js";

/** A screen reader hears a sentence when its numbers have come to rest for so long; milliseconds. */
const REST = 700;

/** What a figure says just now: seen at once, and heard when it has come to rest. */
export class Sentence {
  readonly node: HTMLElement;
  readonly #seen = element("p", { attributes: { "aria-hidden": "true" } });
  readonly #heard = element("p", { class: "visually-hidden", attributes: { role: "status" } });
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.node = element("div", { class: "sentence" }, this.#seen, this.#heard);
  }

  say(text: string): void {
    if (this.#seen.textContent === text) return;
    setText(this.#seen, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => setText(this.#heard, text), REST);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
