import type { SeriesPoint } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { compact } from "./numbers.js";
import type { Palette, QuantityStyle } from "./palette.js";
import { type Point, thin } from "./series.js";

/** A line with more points than this is drawn through every n-th of them. */
export const MAX_LINE_POINTS = 2000;

export interface FigureSize {
  readonly width: number;
  readonly height: number;
}

export interface FigureOptions extends FigureSize {
  /** The name of the figure for readers who cannot see it, and what it shows. */
  readonly label: string;
  readonly description: string;
  readonly palette: Palette;
  readonly plot: Plot.PlotOptions;
}

/** An SVG element of the light-weight DOM that Observable Plot draws into under Node. */
export type SvgElement = ReturnType<typeof Plot.plot>;

/** Draws a figure of the report's common looks; steps run along the horizontal axis. */
export function draw({
  width,
  height,
  label,
  description,
  palette,
  plot,
}: FigureOptions): SvgElement {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    document,
    width,
    height,
    ariaLabel: label,
    ariaDescription: description,
    style: { fontSize: "12px", color: palette.ink, background: "transparent" },
    ...plot,
    x: {
      label: "training step →",
      labelArrow: "none",
      tickFormat: compact,
      ticks: Math.round(width / 90),
      nice: false,
      ...plot.x,
    },
  });
  svg.setAttribute("role", "img");
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return svg;
}

/** The markup of a figure; a hundredth of a pixel is precise enough, and half the bytes. */
export function markup(svg: SvgElement): string {
  return String(svg.outerHTML).replace(
    / (d|transform|[xy][12]?|points)="([^"]*)"/g,
    (_, name: string, value: string) =>
      ` ${name}="${value.replace(/\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2))))}"`,
  );
}

/** A line through the points of a quantity, broken where a value is missing, with some markers. */
export function line(series: readonly SeriesPoint[], style: QuantityStyle, palette: Palette) {
  const color = palette[style.color];
  const points = thin(series, MAX_LINE_POINTS);
  return [
    Plot.lineY(points, {
      x: "step",
      y: "value",
      stroke: color,
      strokeWidth: 2,
      strokeDasharray: style.dash,
      ariaLabel: () => style.label,
    }),
    Plot.dot(thin(points, 14), {
      x: "step",
      y: "value",
      symbol: style.symbol,
      r: 3.5,
      fill: color,
      stroke: palette.page,
      strokeWidth: 1,
      ariaHidden: "true",
    }),
  ];
}

/** The band value ± halfWidth(point), where that is known. */
export function band(
  series: readonly SeriesPoint[],
  halfWidth: (point: SeriesPoint) => number | undefined,
  style: QuantityStyle,
  palette: Palette,
) {
  return Plot.areaY(thin(series, MAX_LINE_POINTS), {
    x: "step",
    y1: (point: SeriesPoint) => point.value - (halfWidth(point) ?? Number.NaN),
    y2: (point: SeriesPoint) => point.value + (halfWidth(point) ?? Number.NaN),
    fill: palette[style.color],
    fillOpacity: 0.22,
    ariaLabel: () => `error of ${style.label}`,
  });
}

/** Thousands of points as one path of round dots: a tenth of the bytes of as many circles. */
export function cloud(points: readonly Point[], style: QuantityStyle, palette: Palette) {
  return Plot.dot(points, {
    x: "step",
    y: "value",
    render(index, _scales, values, _dimensions, context) {
      const path = context.document.createElementNS("http://www.w3.org/2000/svg", "path");
      const { x, y } = values as { x: number[]; y: number[] };
      // The index is a typed array: its own map could only make numbers.
      const dots = Array.from(index, (i) => `M${x[i]!.toFixed(1)},${y[i]!.toFixed(1)}h0`);
      const attributes = {
        d: dots.join(""),
        fill: "none",
        stroke: palette[style.color],
        "stroke-opacity": "0.4",
        "stroke-width": "2.4",
        "stroke-linecap": "round",
        "aria-label": `single batches of ${style.label}`,
      };
      for (const [name, value] of Object.entries(attributes)) path.setAttribute(name, value);
      return path;
    },
  });
}

/**
 * Where the vertical axis ends: above everything, unless a few outliers would flatten all the
 * rest. Then they are drawn on the upper edge, and the caption says so.
 */
export function axisTop(values: readonly number[], atLeast: number): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const highest = sorted.at(-1) ?? 0;
  const usual = sorted[Math.floor(0.97 * (sorted.length - 1))] ?? 0;
  return Math.max(atLeast, highest > 2.5 * Math.max(usual, atLeast) ? 1.2 * usual : 1.05 * highest);
}
