import { button, element } from "../ui/dom.js";

/** A word to the reader: what went wrong, and what can be done. */
export class Notice {
  readonly node = element("div", { class: "notice", attributes: { role: "alert" } });
  #text = "";

  /** @param actions offered beside the text */
  show(text: string | undefined, actions: Readonly<Record<string, () => void>> = {}): void {
    if ((text ?? "") === this.#text) return;
    this.#text = text ?? "";
    const offers = Object.entries(actions).map(([name, act]) => button(name, act));
    this.node.replaceChildren(...(text ? [element("p", { textContent: text }), ...offers] : []));
  }
}
