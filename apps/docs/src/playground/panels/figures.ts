import { type Colour, colour, isDark } from "../charts/theme.js";
import { element } from "../ui/dom.js";

/** One entry of a legend. */
export interface LegendEntry {
  readonly text: string;
  readonly colour: Colour;
  readonly dash?: boolean;
}

/** A chart in its frame: a title, a legend, the place to draw in, and what a screen reader says. */
export class ChartFigure {
  readonly node: HTMLElement;
  readonly place = element("div", { class: "place", attributes: { role: "img" } });
  #shown = "";
  readonly #legend = element("ul", { class: "legend" });

  constructor(title: string, legend: readonly LegendEntry[] = [], className = "") {
    this.node = element(
      "figure",
      { class: className },
      element("figcaption", {}, element("h3", { textContent: title }), this.#legend),
      this.place,
    );
    this.describe(title);
    this.setLegend(legend);
  }

  describe(text: string): void {
    this.place.setAttribute("aria-label", text);
  }

  /** Swatches are drawn with the colours of the theme, so again when it changes. */
  setLegend(entries: readonly LegendEntry[]): void {
    const shown = JSON.stringify([entries, isDark()]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#legend.replaceChildren(
      ...entries.map(({ text, colour: name, dash }) => {
        const swatch = element("span", { class: "swatch", attributes: { "aria-hidden": "true" } });
        swatch.style.borderTopColor = colour(name);
        if (dash) swatch.style.borderTopStyle = "dashed";
        return element("li", {}, swatch, text);
      }),
    );
  }
}
