import { type Figure, panelsSvg, svgMarkup, THEMED } from "@eoss/report/internal";
import { short } from "@eoss/run";
import {
  labelled,
  type PowerLawCurve,
  powerLawPanel,
  spanOf,
} from "../../recipes/plots/powerLawPanel.js";
import { quantityStyles, runStyles } from "../../recipes/plots/styles.js";
import type { Followed, SweepCurve, SweepPoint, SweepRunNumbers } from "./numbers.js";

const WIDE = { width: 560, height: 380 };
const SMALL = { width: 300, height: 270 };
/** More lines, or panels, than these tell nothing apart. */
export const MOST_CURVES = 12;
export const MOST_PANELS = 24;

/** What runs along the horizontal axis. */
export interface SweepAxis {
  readonly setting: "batch" | "lr";
  readonly symbol: string;
  readonly name: string;
}

/** One quantity against b or η, one line for each group of the other settings, with their laws. */
export function lawsFigure(
  curves: readonly SweepCurve[],
  axis: SweepAxis,
  y: string,
): string | null {
  const shown = curves.slice(0, MOST_CURVES).filter(({ points }) => drawable(points).length > 0);
  if (shown.length === 0) return null;
  const styles = runStyles(shown.map(({ group, quantity }) => group || quantity));
  const drawn = shown.map(({ group, quantity, points, fit, error }): PowerLawCurve => {
    const law = fit ?? undefined;
    const style = labelled(styles.get(group || quantity)!, law, axis.symbol, error ?? Number.NaN);
    return { style, points: drawable(points), fit: law };
  });
  const title = `${y} against the ${axis.name}`;
  const figure = powerLawPanel(drawn, {
    label: title,
    x: scaleOf(axis, drawn),
    y,
    size: WIDE,
    palette: THEMED,
  });
  return panelsSvg([figure], {
    title,
    styles: drawn.map(({ style }) => style),
    palette: THEMED,
    columns: 1,
  });
}

/** The sharpnesses in units of the threshold against b or η, a panel for each group. */
export function multiples(
  groups: ReadonlyMap<string, readonly SweepRunNumbers[]>,
  quantities: readonly Followed[],
  axis: SweepAxis,
  unit: string,
): string[] {
  const styles = quantityStyles(quantities);
  const panels = [...groups].slice(0, MOST_PANELS).map(([group, runs]) => ({
    group,
    curves: quantities.map((quantity): PowerLawCurve => {
      const points = runs.flatMap((run) => {
        const reading = run.relative[quantity];
        const x = axis.setting === "lr" ? run.learningRate : run.batchSize;
        return reading === undefined || x === null ? [] : [{ run: run.name, x, ...reading }];
      });
      return { style: styles.get(quantity)!, points: drawable(points) };
    }),
  }));
  const all = panels.flatMap(({ curves }) => curves);
  const [low, high] = spanOf(all);
  if (high === 0) return [];
  const x = scaleOf(axis, all);
  return panels
    .filter(({ curves }) => curves.some(({ points }) => points.length > 0))
    .map(
      ({ group, curves }): Figure =>
        powerLawPanel(curves, {
          label: `Sharpness in units of ${unit} against the ${axis.name}: ${group || "all runs"}`,
          title: group || "all runs",
          x,
          y: `sharpness in units of ${unit}`,
          // The threshold belongs to the picture.
          span: [Math.min(low, 1), Math.max(high, 1)],
          line: 1,
          apart: 6,
          size: SMALL,
          palette: THEMED,
        }),
    )
    .map(svgMarkup);
}

/** What has a place on logarithmic axes; hollow where it is no plateau. */
function drawable(points: readonly SweepPoint[]) {
  return points
    .filter(({ x, value }) => x > 0 && value > 0 && Number.isFinite(value))
    .map(({ x, value, margin, unsettled }) => ({
      x,
      value,
      margin,
      hollow: unsettled !== undefined,
    }));
}

/** The values that occur are its ticks, as far as there is room for them. */
function scaleOf({ symbol, name }: SweepAxis, curves: readonly PowerLawCurve[]) {
  const values = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))];
  const sorted = values.sort((a, b) => a - b);
  const [low, high] = [sorted[0]!, sorted.at(-1)!];
  const room = (high / low) ** 0.06;
  return {
    base: 2,
    label: `${name} ${symbol} →`,
    domain: low < high ? [low / room, high * room] : [low / 2, high * 2],
    ticks: spread(sorted),
    tickFormat: (value: number) => short(value),
  };
}

/** At most seven, no two of which would overlap. */
function spread(sorted: readonly number[]): number[] {
  const least = Math.log(sorted.at(-1)! / sorted[0]!) / 7;
  const chosen: number[] = [];
  for (const value of sorted) {
    const last = chosen.at(-1);
    if (last === undefined || Math.log(value / last) >= least) chosen.push(value);
  }
  return chosen;
}
