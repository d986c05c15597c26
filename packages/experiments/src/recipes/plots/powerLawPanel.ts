import type { Palette } from "@eoss/report";
import {
  axisMarks,
  draw,
  type Figure,
  type FigureSize,
  type LegendLine,
  type LineStyle,
  logAxis,
  panelTitle,
  scaleOf,
} from "@eoss/report/internal";
import { withError } from "@eoss/run";
import type { PowerLawFit } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";

const MARGIN_LEFT = 56;

/** A positive number against a setting. */
interface PowerLawMark {
  readonly x: number;
  readonly value: number;
  /** Half the width of its 95 % interval. */
  readonly margin: number;
  /** Whether it is no plateau, and so a hollow mark. */
  readonly hollow?: boolean;
}

export interface PowerLawCurve {
  readonly style: LineStyle;
  readonly points: readonly PowerLawMark[];
  /** Drawn where it was fitted. */
  readonly fit?: PowerLawFit | undefined;
}

/** A line at a height. */
export interface LevelLine extends LegendLine {
  readonly value: number;
}

export interface PowerLawAxes {
  /** The name of the panel for readers who cannot see it. */
  readonly label: string;
  /** What stands above the panel, if anything. */
  readonly title?: string;
  readonly x: Plot.ScaleOptions;
  readonly y: string;
  /** Ends of the vertical axis, where panels have it in common; default: what the curves span. */
  readonly span?: readonly [low: number, high: number];
  /** Lines across the panel, such as a threshold, which its axis includes. */
  readonly lines?: readonly LevelLine[];
  /** Pixels between the marks of curves at the same place; default 0. */
  readonly apart?: number;
  readonly size: FigureSize;
  readonly palette: Palette;
}

/** Numbers against a setting on logarithmic axes, with fitted power laws. */
export function powerLawPanel(curves: readonly PowerLawCurve[], axes: PowerLawAxes): Figure {
  const { label, title, x, y, lines = [], apart = 0, size, palette } = axes;
  const spans = axes.span ?? spanOf(curves);
  const levels = lines.filter(({ value }) => value > 0).map(({ value }) => value);
  const [low, high] = [Math.min(spans[0], ...levels), Math.max(spans[1], ...levels)];
  const vertical = high > 0 ? logAxis(low / 1.15, high * 1.15) : logAxis(1, 10);
  const marginLeft = Math.max(MARGIN_LEFT, vertical.margin);
  const marginTop = title === undefined ? 28 : 50;
  const shiftOf = (i: number) => apart * (i - (curves.length - 1) / 2);
  return draw({
    ...size,
    palette,
    label,
    description: "Both axes are logarithmic.",
    data: {
      x: String(x.label ?? "").replace(" →", ""),
      y,
      series: curves.map(({ style, points }, i) => ({
        style,
        shift: shiftOf(i),
        points: points.map((point) => ({ ...point, error: point.margin })),
      })),
    },
    plot: {
      marginLeft,
      marginRight: 16,
      marginTop,
      marginBottom: 42,
      x: { type: "log", ...x },
      y: scaleOf(vertical),
      marks: [
        ...axisMarks(vertical, palette, title === undefined ? `↑ ${y}` : undefined),
        lines.map(({ value, look }) =>
          Plot.ruleY([value], {
            ...{ stroke: palette[look.color], strokeWidth: look.width },
            strokeDasharray: look.dash,
          }),
        ),
        curves.map((curve, i) => marksOf(curve, palette, shiftOf(i))),
        title === undefined ? null : panelTitle(title, y, { marginTop, marginLeft }, palette),
      ],
    },
  });
}

/** The lowest and the highest end of intervals and laws. */
export function spanOf(curves: readonly PowerLawCurve[]): [low: number, high: number] {
  const ends = curves.flatMap(({ points, fit }) => [
    ...points.flatMap(intervalOf),
    ...(fit ? lawOf(fit).map(([, value]) => value) : []),
  ]);
  return ends.reduce(([low, high], end) => [Math.min(low, end), Math.max(high, end)], [
    Number.POSITIVE_INFINITY,
    0,
  ] as [number, number]);
}

/**
 * The style with the power of the law in its label: "b^(−0.7 ± 0.1)".
 *
 * @param error of the exponent; default: the half width of the fit's interval
 */
export function labelled(
  style: LineStyle,
  fit: PowerLawFit | undefined,
  symbol: string,
  error = fit ? fit.interval[1] - fit.exponent : Number.NaN,
): LineStyle {
  if (fit === undefined) return style;
  const power = withError(-fit.exponent, error);
  return { ...style, label: `${style.label}: ${symbol}^(${power})` };
}

function marksOf({ style, points, fit }: PowerLawCurve, palette: Palette, dx: number) {
  const color = palette[style.color];
  return [
    fit && Plot.line(lawOf(fit), { stroke: color, strokeDasharray: style.dash, strokeWidth: 1.5 }),
    Plot.ruleX(points, {
      x: "x",
      dx,
      y1: (point: PowerLawMark) => intervalOf(point)[0],
      y2: (point: PowerLawMark) => intervalOf(point)[1],
      stroke: color,
    }),
    Plot.dot(points, {
      x: "x",
      y: "value",
      dx,
      symbol: style.symbol,
      r: 4,
      fill: ({ hollow }: PowerLawMark) => (hollow ? palette.page : color),
      stroke: ({ hollow }: PowerLawMark) => (hollow ? color : palette.page),
    }),
  ];
}

/** What comes near 0 is cut off at a quarter of the value, for the axis is logarithmic. */
function intervalOf({ value, margin }: PowerLawMark): [low: number, high: number] {
  const half = margin || 0;
  return [Math.max(value - half, value / 4), value + half];
}

/** The ends of a fitted law. */
function lawOf({ amplitude, exponent, fitted }: PowerLawFit): [x: number, value: number][] {
  return [Math.min(...fitted), Math.max(...fitted)].map((x) => [x, amplitude * x ** -exponent]);
}
