import { short } from "@eoss/run";
import { errorOf, type SeriesPoint } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";
import { changeMarks, frameOf, marksHeight, placeMarks, type StepMark } from "./changeMarks.js";
import {
  axisTop,
  BESIDE,
  band,
  draw,
  type Figure,
  type FigureSize,
  line,
  textWidth,
} from "./figure.js";
import { stepSeries } from "./figureData.js";
import type { LineStyle, Palette } from "./palette.js";
import { panelTitle } from "./panelTitle.js";
import type { ThresholdSegment } from "./threshold.js";
import { type LineLook, levelLine, reachOf } from "./thresholdLine.js";
import { axisMarks, linearAxis, logAxis, scaleOf, type VerticalAxis } from "./verticalAxis.js";

/** One line of a panel, with what it is compared with. */
export interface Curve {
  readonly style: LineStyle;
  readonly series: readonly SeriesPoint[];
  /** Empty where nothing is compared. */
  readonly levels: readonly ThresholdSegment[];
  readonly look: LineLook;
}

export interface PanelOptions {
  readonly title: string;
  /** What the vertical axis measures. */
  readonly axis: string;
  /** The name of the panel for readers who cannot see it. */
  readonly label: string;
  readonly curves: readonly Curve[];
  /** Whether the panel itself says which line is which. */
  readonly key?: boolean;
  readonly marks: readonly StepMark[];
  /** Steps from the first to the last. */
  readonly domain: readonly [number, number];
  readonly palette: Palette;
  readonly size: FigureSize;
}

export interface Panel extends Figure {
  /** Whether values lie beyond the scale, and so on the edge. */
  readonly clamped: boolean;
}

/** What a caption says of that. */
export const CLAMPED = "Values outside the scale of a panel are drawn at its edge.";

const MARGIN = { marginLeft: 46, marginRight: 44, marginTop: 50, marginBottom: 38 };
const KEY_HEIGHT = 18;

/**
 * One quantity against steps, of one run or of several: lines with 95 % intervals, or else
 * their error bounds, and thresholds where they are given. Positive values over several decades get
 * a logarithmic axis.
 */
export function quantityPanel(options: PanelOptions): Panel {
  const { title, axis, label, curves, key = false, marks, domain, palette, size } = options;
  const values = curves.flatMap(({ series }) => series.flatMap(withEdges)).filter(Number.isFinite);
  const levels = curves.flatMap((curve) => curve.levels);
  const vertical = verticalAxis(values, levels);
  const [bottom, top] = vertical.scale.domain;
  const margin = {
    ...MARGIN,
    marginLeft: Math.max(MARGIN.marginLeft, vertical.margin),
    marginTop: MARGIN.marginTop + (key ? KEY_HEIGHT : 0),
  };
  const frame = frameOf(size.width, domain, margin);
  const placed = placeMarks(marks, frame);
  const marginTop = margin.marginTop + marksHeight(placed);
  const frameHeight = size.height - marginTop - margin.marginBottom;
  const figure = draw({
    ...size,
    palette,
    label,
    description: levels.length > 0 ? "Thin lines are stability thresholds." : "",
    data: { y: axis, series: curves.map(({ style, series }) => stepSeries(style, series)) },
    plot: {
      ...margin,
      marginTop,
      x: { domain: [...domain], ticks: 5 },
      y: scaleOf(vertical),
      marks: [
        ...axisMarks(vertical, palette),
        ...curves.map(({ series, style }) => band(series, style, palette)),
        changeMarks(placed, palette),
        ...curves.map((curve) => levelLine(curve.levels, top, curve.look, palette)),
        ...curves.map(({ series, style }) =>
          line(series, style, palette, markersOf(series, domain)),
        ),
        endLabels(curves, [bottom, top], frameHeight, palette),
        ...panelTitle(title, `${axis}${vertical.suffix}`, { ...margin, marginTop }, palette),
        key ? keyMarks(curves, { ...margin, marginTop }, palette) : null,
      ],
    },
  });
  return { ...figure, clamped: values.some((value) => value > top || value < bottom) };
}

/** Which line is which, in one row above the frame. */
function keyMarks(
  curves: readonly Curve[],
  { marginLeft, marginTop }: { readonly marginLeft: number; readonly marginTop: number },
  palette: Palette,
) {
  let x = 8 - marginLeft;
  return curves.flatMap(({ style }) => {
    const place = { ...BESIDE, frameAnchor: "top-left", dy: 48 - marginTop } as const;
    const [at, color] = [x, palette[style.color]];
    x += 20 + textWidth(style.label);
    return [
      Plot.dot([0], { ...place, dx: at, symbol: style.symbol, r: 3.5, fill: color }),
      Plot.text([style.label], { ...place, dx: at + 7, lineAnchor: "middle", fill: palette.ink }),
    ];
  });
}

/** A value, and the edges of its band. */
function withEdges(point: SeriesPoint): number[] {
  const half = errorOf(point) ?? 0;
  return [point.value, point.value - half, point.value + half];
}

/** The value that each threshold has at last, at its end; of two that would overlap the first. */
function endLabels(
  curves: readonly Curve[],
  [bottom, top]: readonly number[],
  height: number,
  palette: Palette,
) {
  const labels: { step: number; value: number; color: string }[] = [];
  for (const { levels, look } of curves) {
    const level = levels.at(-1);
    if (level === undefined || !(level.value <= top!)) continue;
    const apart = ({ value }: { value: number }) =>
      (Math.abs(value - level.value) / (top! - bottom!)) * height >= 13;
    if (labels.every(apart)) {
      labels.push({ step: level.to, value: level.value, color: palette[look.color] });
    }
  }
  return Plot.text(labels, {
    x: "step",
    y: "value",
    text: ({ value }: { value: number }) => short(value),
    dx: 5,
    textAnchor: "start",
    fontWeight: "bold",
    fill: "color",
  });
}

/** As many markers as keep their distance, also on a line that begins late. */
function markersOf(
  series: readonly SeriesPoint[],
  [first, last]: readonly [number, number],
): number {
  const span = (series.at(-1)?.step ?? 0) - (series[0]?.step ?? 0);
  return Math.max(2, Math.round((9 * span) / (last - first)));
}

function verticalAxis(
  values: readonly number[],
  levels: readonly ThresholdSegment[],
): VerticalAxis {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (levels.length === 0 && low > 0 && high > 20 * low) return logAxis(low, high);
  const reach = 1.15 * reachOf(levels, values);
  // Zero belongs to the axis of a sharpness, and of what comes near to it.
  const fromZero = levels.length > 0 || (low >= 0 && low < 0.5 * high);
  const room = 0.08 * (high - low);
  const bottom = fromZero ? Math.min(0, low) : low - room;
  const top = fromZero ? axisTop(values, reach) || 1 : high + room;
  return linearAxis(bottom, top);
}
