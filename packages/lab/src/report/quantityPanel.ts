import type { SeriesPoint } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";
import { changeMarks, frameOf, marksHeight, placeMarks, type StepMark } from "./changeMarks.js";
import { axisTop, band, draw, type Figure, type FigureSize, line } from "./figure.js";
import { logTicks } from "./logTicks.js";
import { short } from "./numbers.js";
import type { LineStyle, Palette } from "./palette.js";
import { panelTitle } from "./panelTitle.js";
import type { Level } from "./threshold.js";
import { type LineLook, levelLine, reachOf } from "./thresholdLine.js";

/** One line of a panel, with what it is compared with. */
export interface Curve {
  readonly style: LineStyle;
  readonly series: readonly SeriesPoint[];
  /** Empty where nothing is compared. */
  readonly levels: readonly Level[];
  readonly look: LineLook;
}

export interface PanelOptions {
  readonly title: string;
  /** What the vertical axis measures. */
  readonly axis: string;
  /** The name of the panel for readers who cannot see it. */
  readonly label: string;
  readonly curves: readonly Curve[];
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
export const CLAMPED = "Values beyond the scale of a panel lie on its edge.";

const MARGIN = { marginLeft: 46, marginRight: 44, marginTop: 50, marginBottom: 38 };

/**
 * One quantity against steps, of one run or of several: lines with ±2 standard errors, or else
 * their error bounds, and thresholds where they are given. Positive values over several decades get
 * a logarithmic axis.
 */
export function quantityPanel(options: PanelOptions): Panel {
  const { title, axis, label, curves, marks, domain, palette, size } = options;
  const values = curves.flatMap(({ series }) => series.flatMap(withEdges)).filter(Number.isFinite);
  const levels = curves.flatMap((curve) => curve.levels);
  const { scale, ticks, tickFormat, top } = verticalScale(values, levels);
  const frame = frameOf(size.width, domain, MARGIN);
  const placed = placeMarks(marks, frame);
  const marginTop = MARGIN.marginTop + marksHeight(placed);
  const frameHeight = size.height - marginTop - MARGIN.marginBottom;
  const drawn = scale.type === "log" ? curves.map(positive) : curves;
  const figure = draw({
    ...size,
    palette,
    label,
    description: levels.length > 0 ? "Thin lines are stability thresholds." : "",
    plot: {
      ...MARGIN,
      marginTop,
      x: { domain: [...domain], ticks: 5 },
      y: { ...scale, label: null },
      marks: [
        Plot.gridY({ ticks, stroke: palette.grid, strokeOpacity: 1 }),
        Plot.axisY({ ticks, label: null, tickFormat }),
        ...drawn.map(({ series, style }) => band(series, halfWidth, style, palette)),
        changeMarks(placed, palette),
        ...curves.map((curve) => levelLine(curve.levels, top, curve.look, palette)),
        ...drawn.map(({ series, style }) =>
          line(series, style, palette, markersOf(series, domain)),
        ),
        endLabels(curves, scale.domain, frameHeight, palette),
        ...panelTitle(title, axis, { ...MARGIN, marginTop }, palette),
      ],
    },
  });
  return { ...figure, clamped: values.some((value) => value > top) };
}

/** Half the height of the band around a point. */
function halfWidth({ standardError, errorBound }: SeriesPoint): number | undefined {
  return standardError === undefined ? errorBound : 2 * standardError;
}

/** A value, and the edges of its band. */
function withEdges(point: SeriesPoint): number[] {
  const half = halfWidth(point) ?? 0;
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

function verticalScale(values: readonly number[], levels: readonly Level[]) {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (levels.length === 0 && low > 0 && high > 20 * low) {
    const { ticks, tickFormat } = logTicks(low, high);
    const domain = [low / 1.15, high * 1.15];
    return {
      scale: { type: "log", domain, clamp: true } as const,
      ticks,
      tickFormat,
      top: domain[1]!,
    };
  }
  const reach = 1.15 * reachOf(levels, values);
  // Zero belongs to the axis of a sharpness, and of what comes near to it.
  const fromZero = levels.length > 0 || (low >= 0 && low < 0.5 * high);
  const room = 0.08 * (high - low) || 0.1 * Math.abs(high) || 1;
  const bottom = fromZero ? Math.min(0, low) : low - room;
  const top = fromZero ? axisTop(values, reach) || 1 : high + room;
  const domain = [bottom, top];
  return {
    scale: { type: "linear", domain, clamp: true } as const,
    ticks: 6,
    tickFormat: undefined,
    top,
  };
}

/** Zero and less have no place on a logarithmic axis; nor has the lower edge of a wide band. */
function positive(curve: Curve): Curve {
  return {
    ...curve,
    series: curve.series.map((point) =>
      point.value > 0 ? point : { ...point, value: Number.NaN },
    ),
  };
}
