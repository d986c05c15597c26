import * as Plot from "@observablehq/plot";
import { axisTop, band, cloud, draw, type Figure, line } from "../../report/figure.js";
import { logTicks } from "../../report/logTicks.js";
import type { LineStyle, Palette } from "../../report/palette.js";
import { thin } from "../../run/series.js";
import { type Look, panelsSvg } from "./panels.js";
import type { StepRow } from "./rows.js";
import type { StepsPlot } from "./schema.js";
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
  { title, unit, palette }: Look,
): string {
  const byRun = plot.panels === "run";
  const keyOf = (row: StepRow) => (byRun ? row.run : row.quantity);
  const lineOf = (row: StepRow) => (byRun ? row.quantity : row.run);
  const lines = [...new Set(rows.map(lineOf))];
  const styles = byRun ? quantityStyles(lines) : runStyles(lines);
  const relative = plot.unit === "threshold" && !plot.log;
  const keys = [...new Set(rows.map(keyOf))];
  const panels = keys.map((key) => {
    const own = rows.filter((row) => keyOf(row) === key);
    return panel({
      plot,
      key,
      own,
      scaled: byRun ? rows : own,
      styles,
      lineOf,
      alone: keys.length === 1,
      unit: relative ? unit : undefined,
      palette,
    });
  });
  return panelsSvg(panels, {
    title,
    styles: [...styles.values()],
    threshold: relative ? unit : undefined,
    palette,
    columns: 3,
  });
}

interface PanelParts {
  readonly plot: StepsPlot;
  readonly key: string;
  readonly own: readonly StepRow[];
  /** What the vertical axis has to have room for. */
  readonly scaled: readonly StepRow[];
  readonly styles: ReadonlyMap<string, LineStyle>;
  readonly lineOf: (row: StepRow) => string;
  readonly alone: boolean;
  /** What the values are divided by, if they are. */
  readonly unit: string | undefined;
  readonly palette: Palette;
}

function panel({
  plot,
  key,
  own,
  scaled,
  styles,
  lineOf,
  alone,
  unit,
  palette,
}: PanelParts): Figure {
  const relative = unit !== undefined;
  const names = [...new Set(own.map(lineOf))];
  const means = names.map((name) => own.filter((row) => !row.single && lineOf(row) === name));
  const singles = own.filter((row) => row.single);
  const values = scaled.map(({ value }) => value);
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const y = plot.log
    ? { type: "log" as const, domain: [least(positive) / 1.15, most(positive) * 1.15] }
    : {
        domain: [
          Math.min(0, least(values.filter(Number.isFinite))),
          axisTop(values, relative ? 1.3 : 0),
        ],
      };
  const { ticks, tickFormat } = plot.log
    ? logTicks(least(positive), most(positive))
    : { ticks: 5, tickFormat: undefined };
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
  const words = relative
    ? `↑ in units of ${unit}`
    : plot.panels === "run"
      ? `↑ ${plot.of.join(", ")}`
      : "";
  return draw({
    ...(alone ? WIDE : PANEL),
    palette,
    label: `${key} against training steps`,
    description: relative ? `The horizontal line at 1 is ${unit}.` : "",
    plot: {
      marginLeft: 44,
      marginRight: 14,
      marginTop: 48,
      marginBottom: 38,
      x: { domain: [0, Math.max(1, most(scaled.map(({ step }) => step)))], ticks: 4 },
      y: { ...y, clamp: true, label: null },
      marks: [
        Plot.gridY({ stroke: palette.grid, strokeOpacity: 1, ticks }),
        Plot.axisY({ label: null, ticks, ...(tickFormat && { tickFormat }) }),
        each.map(({ style, dots }) => cloud(dots, style, palette)),
        each.map(({ style, points }) =>
          band(
            points,
            ({ standardError, errorBound }) =>
              standardError === undefined ? errorBound : 2 * standardError,
            style,
            palette,
          ),
        ),
        relative ? Plot.ruleY([1], { stroke: palette.ink, strokeWidth: 1.25 }) : null,
        each.map(({ style, points }) => line(thin(points, LINE_POINTS), style, palette)),
        Plot.text([key], {
          frameAnchor: "top-left",
          dx: -38,
          dy: -42,
          fontSize: 13,
          fontWeight: "bold",
          fill: palette.ink,
        }),
        Plot.text([words], { frameAnchor: "top-left", dx: -38, dy: -20, fill: palette.muted }),
      ],
    },
  });
}

const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), 1e300);
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0);
