import { fitPowerLaw, type PowerLawFit } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";
import { draw } from "../../report/figure.js";
import { withError } from "../../report/numbers.js";
import type { LineStyle, Palette } from "../../report/palette.js";
import { panelsSvg } from "./panels.js";
import type { BatchSizeRow } from "./rows.js";
import type { BatchSizePlot } from "./schema.js";
import { runStyles } from "./styles.js";

const PANEL = { width: 520, height: 360 };

/** Quantities against the batch size on logarithmic axes, with fitted power laws. */
export function batchSizeFigure(
  plot: BatchSizePlot,
  rows: readonly BatchSizeRow[],
  title: string,
  palette: Palette,
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
  const ends = usable.flatMap(({ value, standardError: e }) => [
    value - (e < value ? e : 0),
    value + (e || 0),
  ]);
  const [low, high] = ends.reduce(
    ([a, b], v) => [Math.min(a, v), Math.max(b, v)],
    [Number.POSITIVE_INFINITY, 0],
  );
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
        Plot.gridY({ stroke: palette.grid, strokeOpacity: 1 }),
        Plot.axisY({
          label: `↑ ${plot.of.join(", ")}${plot.unit === "threshold" ? " in units of 2/η" : ""}`,
          labelArrow: "none",
        }),
        curves.map(({ style, points, fit }) => marksOf(style, points, fit, palette)),
      ],
    },
  });
  return panelsSvg([figure], {
    title,
    styles: curves.map(({ style }) => style),
    threshold: false,
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
  const sizes = points.map(({ batchSize }) => batchSize);
  const law = (b: number) => fit!.amplitude * b ** -fit!.exponent;
  return [
    fit &&
      Plot.line(
        [Math.min(...sizes), Math.max(...sizes)].map((b) => [b, law(b)]),
        { stroke: color, strokeDasharray: style.dash, strokeWidth: 1.5 },
      ),
    Plot.ruleX(points, {
      x: "batchSize",
      y1: ({ value, standardError: e }: BatchSizeRow) =>
        Math.max(value - 1.96 * (e || 0), value / 10),
      y2: ({ value, standardError: e }: BatchSizeRow) => value + 1.96 * (e || 0),
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
