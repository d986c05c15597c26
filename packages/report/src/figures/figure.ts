import type { OpenedRun } from "@eoss/run";
import { compact, thin } from "@eoss/run/internal";
import { errorOf, type SeriesPoint } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeText } from "../page/html.js";
import { type DataAxis, type DataSeries, dataAttribute, type FigureData } from "./figureData.js";
import type { LineStyle, Palette } from "./palette.js";

/** A line with more points than this is drawn through every n-th of them. */
export const MAX_LINE_POINTS = 2000;

/** Marks that belong to the frame, not to a place in it: titles and keys. A zoom leaves them where they are. */
export const BESIDE = { ariaDescription: "beside the frame" } as const;

/** Room around figures that stand one below the other, so that their steps line up. */
export const MARGINS = { marginLeft: 52, marginRight: 58, marginTop: 28, marginBottom: 40 };

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
  /** What can be asked for in a page: the names of the axes, and the points. */
  readonly data?: {
    /** Default: step. */
    readonly x?: string;
    readonly y: string;
    /** As of `FigureData`. */
    readonly shade?: string;
    readonly series: readonly DataSeries[];
  };
}

/** A drawn figure: the content of an SVG element, its size, and its words. */
export interface Figure extends FigureSize {
  readonly content: string;
  readonly label: string;
  readonly description: string;
  readonly color: string;
  readonly data?: FigureData;
}

/** Draws a figure of the report's common looks; steps run along the horizontal axis. */
export function draw(options: FigureOptions): Figure {
  const { width, height, label, description, palette, plot, data } = options;
  // Observable Plot needs a document to create elements with; under Node this one is enough.
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({
    document,
    width,
    height,
    ...plot,
    x: {
      label: "training step →",
      labelArrow: "none",
      tickFormat: (step: number) => (Number.isInteger(step) ? compact(step) : ""),
      ticks: Math.round(width / 90),
      ...plot.x,
    },
  });
  // The root and its style are written by `svgMarkup`.
  svg.querySelector("style")?.remove();
  // linkedom escapes quotes in attributes, and leaves the rest bare.
  for (const element of svg.querySelectorAll("[aria-label]")) {
    const text = element.getAttribute("aria-label")!;
    element.setAttribute("aria-label", escapeText(text).replaceAll("&quot;", '"'));
  }
  const content = withoutNeedlessDigits(String(svg.innerHTML));
  const figure = { width, height, label, description, content, color: palette.ink };
  if (data === undefined) return figure;
  const axis = (name: "x" | "y", title: string): DataAxis => {
    const { type, domain, range } = svg.scale(name)!;
    const ends = (of: Iterable<number>) => [...of].map(Number) as unknown as [number, number];
    return { name: title, log: type === "log", domain: ends(domain!), range: ends(range!) };
  };
  return {
    ...figure,
    data: {
      ...{ x: axis("x", data.x ?? "step"), y: axis("y", data.y) },
      ...{ shade: data.shade, series: data.series },
    },
  };
}

/** About how many pixels a text of the figures takes, rather too many than too few. */
export function textWidth(text: string): number {
  return 6.8 * text.length;
}

/** The steps that some runs span: from the first of the earliest to the last of the longest. */
export function stepsOf(runs: readonly OpenedRun[]): [number, number] {
  const first = Math.min(...runs.map(({ firstStep }) => firstStep));
  return [first, Math.max(first + 1, ...runs.map(({ lastStep }) => lastStep))];
}

/**
 * A figure as an SVG element.
 *
 * @param withData whether it carries its numbers, for the script of a page; `axes`: those of the figure before it,
 *   which is the same in another size
 */
export function svgMarkup(figure: Figure, withData: boolean | "axes" = false): string {
  const { width, height, label, description, content, color, data } = figure;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `role="img" aria-label="${escapeText(label)}" aria-description="${escapeText(description)}" ` +
    `${TEXT_STYLE} fill="currentColor" color="${color}"${withData && data ? dataAttribute(data, withData !== "axes") : ""}>${content}</svg>`
  );
}

/** A figure as a part of a larger one. @param withData as in `svgMarkup` */
export function groupMarkup(
  { label, content, data }: Figure,
  [x, y]: readonly [number, number],
  withData = false,
): string {
  const numbers = withData && data ? dataAttribute(data) : "";
  return `<g transform="translate(${x},${y})" ${TEXT_STYLE} aria-label="${escapeText(label)}"${numbers}>${content}</g>`;
}

const TEXT_STYLE = `font-family="system-ui, sans-serif" font-size="12" text-anchor="middle"`;

/** A hundredth of a pixel is precise enough, and half the bytes. */
function withoutNeedlessDigits(svg: string): string {
  return svg.replace(
    / (d|transform|[xy][12]?|c[xy])="([^"]*)"/g,
    (_, name: string, value: string) =>
      ` ${name}="${value.replace(/\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2))))}"`,
  );
}

/** A line through the points of a quantity, broken where a value is missing, with some markers. */
export function line(
  series: readonly SeriesPoint[],
  style: LineStyle,
  palette: Palette,
  markers = 14,
) {
  const color = palette[style.color];
  const points = thin(series, MAX_LINE_POINTS);
  return [
    Plot.lineY(points, {
      x: "step",
      y: "value",
      stroke: color,
      strokeWidth: 2,
      strokeDasharray: style.dash,
      strokeLinecap: "butt", // round ends would close the gaps between dashes
      ariaLabel: () => style.label,
    }),
    Plot.dot(thin(points, markers), {
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

/**
 * The band value ± error, where that is known: what stands behind ± in tables.
 *
 * @param floor where the axis begins, below which a logarithmic one has no place; default: nowhere
 */
export function band(
  series: readonly SeriesPoint[],
  style: LineStyle,
  palette: Palette,
  floor = -Infinity,
) {
  const half = (point: SeriesPoint) => errorOf(point) ?? Number.NaN;
  return Plot.areaY(thin(series, MAX_LINE_POINTS), {
    x: "step",
    y1: (point: SeriesPoint) => Math.max(floor, point.value - half(point)),
    y2: (point: SeriesPoint) => Math.max(floor, point.value + half(point)),
    fill: palette[style.color],
    fillOpacity: 0.22,
    ariaLabel: () => `error of ${style.label}`,
  });
}

/** Thousands of points as one path of round dots: a tenth of the bytes of as many circles. */
export function cloud(points: readonly SeriesPoint[], style: LineStyle, palette: Palette) {
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
  const outlying = highest > 2.5 * usual && highest > 1.5 * atLeast;
  return Math.max(atLeast, outlying ? 1.2 * usual : 1.05 * highest);
}
