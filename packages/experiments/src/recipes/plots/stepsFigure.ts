import type { Palette } from "@eoss/report";
import {
  axisMarks,
  axisTop,
  BESIDE,
  band,
  cloud,
  draw,
  type Figure,
  type FigureSize,
  fillWidth,
  type LineStyle,
  type Look,
  line,
  linearAxis,
  logAxis,
  panelsSvg,
  scaleOf,
  stepSeries,
  type VerticalAxis,
} from "@eoss/report/internal";
import { integer, thin } from "@eoss/run/internal";
import * as Plot from "@observablehq/plot";
import type { StepRow } from "./rows.js";
import type { StepsPlot } from "./schema.js";
import { seedsNote } from "./seedsNote.js";
import { quantityStyles, runStyles } from "./styles.js";

const PANEL = { width: 300, height: 260 };
/** Of a panel that stands alone. */
const WIDE = { width: 520, height: 300 };
/** Single batches drawn in a panel at most. */
const DOTS = 1500;
const LINE_POINTS = 600;

/** Quantities against training steps, panels side by side with one vertical axis for each quantity or run. */
export function stepsFigure(
  plot: StepsPlot,
  rows: readonly StepRow[],
  { title, unit, palette, width, withData, seeds = 1 }: Look & { readonly seeds?: number },
): string {
  const byRun = plot.panels === "run";
  const keyOf = (row: StepRow) => (byRun ? row.run : row.quantity);
  const lineOf = (row: StepRow) => (byRun ? row.quantity : row.run);
  const lines = [...new Set(rows.map(lineOf))];
  const styles = byRun ? quantityStyles(lines) : runStyles(lines);
  const relative = plot.unit === "threshold" && !plot.log;
  const type = plot.log ? "log" : "linear";
  const keys = [...new Set(rows.map(keyOf))];
  const lastStep = most(rows.map(({ step }) => step));
  const common = verticalAxis(rows, type, relative);
  const notes = [...seedsNote(seeds, true), ...(byRun ? notesOf(rows, common) : [])];
  const usual = keys.length === 1 ? WIDE : PANEL;
  const place = width === undefined ? undefined : fillWidth(width, keys.length);
  const panels = keys.map((key) => {
    const own = rows.filter((row) => keyOf(row) === key);
    const vertical = byRun ? common : verticalAxis(own, type, relative);
    if (!byRun) notes.push(...notesOf(own, vertical).map((note) => `${key}: ${note}`));
    return panel({
      plot,
      key,
      own,
      vertical,
      lastStep,
      styles,
      lineOf,
      size: place === undefined ? usual : { ...usual, width: place.panel },
      unit: relative ? unit : undefined,
      palette,
    });
  });
  return panelsSvg(panels, {
    title,
    styles: [...styles.values()],
    threshold: relative ? unit : undefined,
    notes,
    palette,
    withData,
    ...(place ?? { columns: 3 }),
  });
}

interface PanelParts {
  readonly plot: StepsPlot;
  readonly key: string;
  readonly own: readonly StepRow[];
  readonly vertical: VerticalAxis;
  readonly lastStep: number;
  readonly styles: ReadonlyMap<string, LineStyle>;
  readonly lineOf: (row: StepRow) => string;
  readonly size: FigureSize;
  /** What the values are divided by, if they are. */
  readonly unit: string | undefined;
  readonly palette: Palette;
}

function panel({
  plot,
  key,
  own,
  vertical,
  lastStep,
  styles,
  lineOf,
  size,
  unit,
  palette,
}: PanelParts): Figure {
  const relative = unit !== undefined;
  const names = [...new Set(own.map(lineOf))];
  const means = names.map((name) => own.filter((row) => !row.single && lineOf(row) === name));
  const singles = own.filter((row) => row.single);
  const marginLeft = Math.max(44, vertical.margin);
  const drawn = (rows: readonly StepRow[]) =>
    plot.log ? rows.map((row) => (row.value > 0 ? row : { ...row, value: Number.NaN })) : rows;
  const each = names.map((name, i) => ({
    style: styles.get(name)!,
    points: drawn(means[i]!),
    dots: thin(
      singles.filter((row) => lineOf(row) === name),
      DOTS,
    ),
  }));
  const what = relative ? `in units of ${unit}` : plot.panels === "run" ? plot.of.join(", ") : "";
  const words = what || vertical.suffix ? `↑ ${what || "value"}${vertical.suffix}` : "";
  return draw({
    ...size,
    palette,
    label: `${key} against training steps`,
    description: relative ? `The horizontal line at 1 is ${unit}.` : "",
    data: {
      y: what || "value",
      series: each.map(({ style, points }) => stepSeries(style, points)),
    },
    plot: {
      marginLeft,
      marginRight: 14,
      marginTop: 48,
      marginBottom: 38,
      x: { domain: [0, Math.max(1, lastStep)], ticks: 4 },
      y: scaleOf(vertical),
      marks: [
        ...axisMarks(vertical, palette),
        each.map(({ style, dots }) => cloud(dots, style, palette)),
        each.map(({ style, points }) => band(points, style, palette)),
        relative ? Plot.ruleY([1], { stroke: palette.ink, strokeWidth: 1.25 }) : null,
        each.map(({ style, points }) => line(thin(points, LINE_POINTS), style, palette)),
        Plot.text([key], {
          ...BESIDE,
          frameAnchor: "top-left",
          dx: 6 - marginLeft,
          dy: -42,
          fontSize: 13,
          fontWeight: "bold",
          fill: palette.ink,
        }),
        Plot.text([words], {
          ...BESIDE,
          frameAnchor: "top-left",
          dx: 6 - marginLeft,
          dy: -20,
          fill: palette.muted,
        }),
      ],
    },
  });
}

function verticalAxis(
  rows: readonly StepRow[],
  type: "log" | "linear",
  relative: boolean,
): VerticalAxis {
  const values = rows.map(({ value }) => value).filter(Number.isFinite);
  if (type === "log") {
    const positive = values.filter((value) => value > 0);
    return positive.length > 0 ? logAxis(least(positive), most(positive)) : logAxis(1, 10);
  }
  return linearAxis(Math.min(0, least(values)), axisTop(values, relative ? 1.3 : 0) || 1, 5);
}

/** Says what has no place in the panels, or lies on their edge. */
function notesOf(rows: readonly StepRow[], { scale: { type, domain } }: VerticalAxis): string[] {
  const above = rows.filter(({ value }) => value > domain[1]).length;
  const lost = type === "log" ? rows.filter(({ value }) => value <= 0).length : 0;
  const missing = rows.filter(({ value }) => !Number.isFinite(value)).length;
  return [
    ...(above > 0 ? [`${counted(above)} above the axis: drawn at its edge.`] : []),
    ...(lost > 0 ? [`${counted(lost)} not positive: not drawn on a logarithmic axis.`] : []),
    ...(missing > 0 ? [`${counted(missing)} not finite: left out.`] : []),
  ];
}

const counted = (count: number) => `${integer(count)} ${count === 1 ? "value is" : "values are"}`;

const least = (values: readonly number[]) =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
const most = (values: readonly number[]) =>
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
