import { fitPowerLaw, type PowerLawFit } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";
import { draw } from "../../report/figure.js";
import { logTicks } from "../../report/logTicks.js";
import { short, withError } from "../../report/numbers.js";
import type { LineStyle, Palette } from "../../report/palette.js";
import { type Look, panelsSvg } from "./panels.js";
import type { BatchSizeRow } from "./rows.js";
import type { BatchSizePlot } from "./schema.js";
import { runStyles } from "./styles.js";

const PANEL = { width: 520, height: 360 };

/** Quantities against the batch size on logarithmic axes, with fitted power laws. */
export function batchSizeFigure(
  plot: BatchSizePlot,
  rows: readonly BatchSizeRow[],
  { title, unit, palette }: Look,
): string {
  const nameOf = ({ series, quantity }: BatchSizeRow) =>
    plot.of.length === 1 && series !== "runs"
      ? series
      : series === "runs"
        ? quantity
        : `${quantity}, ${series}`;
  const usable = rows.filter(({ value }) => value > 0 && Number.isFinite(value));
  const names = [...new Set(usable.map(nameOf))];
  const styles = runStyles(names);
  const curves = names.map((name) => {
    const points = usable.filter((row) => nameOf(row) === name);
    const fit = plot.fit === undefined ? undefined : fitOf(points, plot.fit);
    return { style: labelled(styles.get(name)!, fit), points, fit };
  });
  const ends = [
    ...usable.flatMap(intervalOf),
    ...curves.flatMap(({ fit }) => (fit ? lawOf(fit).map(([, value]) => value) : [])),
  ];
  const [low, high] = ends.reduce(
    ([a, b], v) => [Math.min(a, v), Math.max(b, v)],
    [Number.POSITIVE_INFINITY, 0],
  );
  const { ticks, tickFormat } =
    high > 4 * low
      ? logTicks(low, high)
      : { ticks: evenTicks(low, high), tickFormat: (tick: number) => short(tick) };
  const figure = draw({
    ...PANEL,
    palette,
    label: `${plot.of.join(", ")} against the batch size`,
    description: "Both axes are logarithmic.",
    plot: {
      marginLeft: 56,
      marginRight: 16,
      marginTop: 28,
      marginBottom: 42,
      x: {
        type: "log",
        base: 2,
        label: "batch size →",
        tickFormat: (size: number) => String(size),
        ticks: 8,
      },
      y: {
        type: "log",
        label: null,
        ...(usable.length > 0 && { domain: [low / 1.3, high * 1.3] }),
      },
      marks: [
        Plot.gridY({ stroke: palette.grid, strokeOpacity: 1, ticks }),
        Plot.axisY({
          ticks,
          tickFormat,
          label: `↑ ${plot.of.join(", ")}${plot.unit === "threshold" ? ` in units of ${unit}` : ""}`,
          labelArrow: "none",
        }),
        curves.map(({ style, points, fit }) => marksOf(style, points, fit, palette)),
      ],
    },
  });
  return panelsSvg([figure], {
    title,
    styles: curves.map(({ style }) => style),
    palette,
    columns: 1,
  });
}

function marksOf(
  style: LineStyle,
  points: readonly BatchSizeRow[],
  fit: PowerLawFit | undefined,
  palette: Palette,
) {
  const color = palette[style.color];
  return [
    fit && Plot.line(lawOf(fit), { stroke: color, strokeDasharray: style.dash, strokeWidth: 1.5 }),
    Plot.ruleX(points, {
      x: "batchSize",
      y1: (row: BatchSizeRow) => intervalOf(row)[0],
      y2: (row: BatchSizeRow) => intervalOf(row)[1],
      stroke: color,
    }),
    Plot.dot(points, {
      x: "batchSize",
      y: "value",
      symbol: style.symbol,
      r: 4,
      fill: color,
      stroke: palette.page,
    }),
  ];
}

/** 95 %; what comes near 0 is cut off at a quarter of the value, for the axis is logarithmic. */
function intervalOf({ value, standardError }: BatchSizeRow): [low: number, high: number] {
  const margin = 1.96 * (standardError || 0);
  return [Math.max(value - margin, value / 4), value + margin];
}

/** Round numbers for a narrow axis, where powers of ten, and twice and five times them, are too few. */
function evenTicks(low: number, high: number): number[] {
  const least = Math.max((high - low) / 5, high / 1000);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((multiple) => multiple * power).find((size) => size >= least)!;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step);
}

/** The ends of a fitted law, which is drawn where it was fitted. */
function lawOf({ amplitude, exponent, fitted }: PowerLawFit): [batchSize: number, value: number][] {
  return [Math.min(...fitted), Math.max(...fitted)].map((b) => [b, amplitude * b ** -exponent]);
}

function labelled(style: LineStyle, fit: PowerLawFit | undefined): LineStyle {
  if (fit === undefined) return style;
  const { exponent, interval } = fit;
  return { ...style, label: `${style.label}: b^(−${withError(exponent, interval[1] - exponent)})` };
}

function fitOf(points: readonly BatchSizeRow[], share: number): PowerLawFit | undefined {
  const used = points.filter(
    ({ batchSize, samples, standardError }) => batchSize <= share * samples && standardError > 0,
  );
  try {
    return fitPowerLaw(used);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
