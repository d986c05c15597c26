import { html, type Markup, raw } from "../page/html.js";
import type { LineStyle, Palette } from "./palette.js";
import { type LineLook, THRESHOLD } from "./thresholdLine.js";

const MARKERS = {
  circle: `<circle cx="18" cy="6" r="3.5"/>`,
  square: `<rect x="14.8" y="2.8" width="6.4" height="6.4"/>`,
  triangle: `<path d="M18,1.6L22.2,8.9H13.8Z"/>`,
} as const;

/** The look of a quantity's line, 36 × 12 units, as SVG. */
export function lineSample({ color, dash, symbol }: LineStyle, palette: Palette): string {
  const stroke = palette[color];
  return (
    `<path d="M0,6H36" stroke="${stroke}" stroke-width="2" stroke-dasharray="${dash}" fill="none"/>` +
    `<g fill="${stroke}" stroke="${palette.page}">${MARKERS[symbol]}</g>`
  );
}

/** The line of a threshold, 36 × 12 units, as SVG. */
export function thresholdSample(palette: Palette, look: LineLook = THRESHOLD): string {
  const { color, width, dash } = look;
  return `<path d="M0,6H36" stroke="${palette[color]}" stroke-width="${width}" stroke-dasharray="${dash}" fill="none"/>`;
}

/** A line of a legend that is no measured quantity. */
export interface LegendLine {
  readonly look: LineLook;
  readonly label: string;
}

/** The legend of a figure as a list that wraps with the page. */
export function legend(
  styles: readonly LineStyle[],
  palette: Palette,
  lines: readonly LegendLine[],
): Markup {
  const sample = (content: string) =>
    raw(`<svg width="36" height="12" viewBox="0 0 36 12" aria-hidden="true">${content}</svg>`);
  return html`<ul class="legend">
${styles.map((style) => html`<li>${sample(lineSample(style, palette))} ${style.label}</li>\n`)}${lines.map(
  ({ look, label }) => html`<li>${sample(thresholdSample(palette, look))} ${label}</li>\n`,
)}</ul>`;
}
