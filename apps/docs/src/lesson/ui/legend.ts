/** The legend of a figure: a sample of each line, and its name. */

import { element } from "../../playground/ui/dom.js";

export interface LegendEntry {
  readonly text: string;
  /** A colour of the reports. */
  readonly colour: string;
  readonly dotted?: boolean;
}

export function legend(entries: readonly LegendEntry[]): HTMLElement {
  const items = entries.map(({ text, colour, dotted = false }) => {
    const style = `border-top: ${dotted ? "2px dotted" : "4px solid"} var(--eoss-${colour})`;
    return element("li", {}, element("span", { attributes: { style } }), text);
  });
  return element("ul", { class: "legend" }, ...items);
}
