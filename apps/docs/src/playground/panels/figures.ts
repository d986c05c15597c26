import { type Colour, colour, isDark } from "../charts/theme.js";
import { element } from "../ui/dom.js";

/** One entry of a legend. */
export interface LegendEntry {
  readonly text: string;
  readonly colour: Colour;
  readonly dash?: boolean;
  /** Lengths of strokes and gaps, as its line has them; none: drawn through. */
  readonly pattern?: readonly number[];
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
      ...entries.map((entry) => element("li", {}, swatchOf(entry), entry.text)),
    );
  }
}

function swatchOf({ colour: name, dash, pattern }: LegendEntry): Element {
  const own = colour(name);
  if (pattern !== undefined) return patternOf(own, pattern);
  const swatch = element("span", { class: "swatch", attributes: { "aria-hidden": "true" } });
  swatch.style.borderTopColor = own;
  if (dash) swatch.style.borderTopStyle = "dashed";
  return swatch;
}

/** A piece of a line with the very dashes that the chart draws. */
function patternOf(stroke: string, pattern: readonly number[]): SVGSVGElement {
  const SVG = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "line");
  const put = (node: Element, attributes: Readonly<Record<string, string | number>>) => {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  };
  put(svg, { width: 34, height: 8, "aria-hidden": "true", class: "pattern" });
  put(line, { x1: 0, x2: 34, y1: 4, y2: 4, stroke, "stroke-width": 2 });
  put(line, { "stroke-dasharray": pattern.join(" ") });
  svg.append(line);
  return svg;
}
