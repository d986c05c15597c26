import { type Figure, svgMarkup } from "../figures/figure.js";
import { html, type Markup, raw } from "./html.js";

/**
 * A figure in a page, with its numbers for those who ask it.
 *
 * @param narrow the same for a narrow screen, on which letters stay legible; each screen shows one of them
 */
export function plot(wide: Figure, narrow?: Figure): Markup {
  if (narrow === undefined) return plotOf(svgMarkup(wide, true));
  return html`<div class="plot"><div class="wide">${raw(svgMarkup(wide, true))}</div>
<div class="narrow">${raw(svgMarkup(narrow, "axes"))}</div></div>\n`;
}

/** The same of an SVG that is drawn already. */
export function plotOf(svg: string): Markup {
  return html`<div class="plot">${raw(svg)}</div>\n`;
}
