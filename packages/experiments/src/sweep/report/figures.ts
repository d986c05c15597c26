import type { Palette } from "@eoss/report";
import {
  type Figure,
  fillWidth,
  panelsSvg,
  type QuantityStyle,
  SHARPNESSES,
  THEMED,
  THRESHOLD,
} from "@eoss/report/internal";
import { short } from "@eoss/run";
import {
  labelled,
  type PowerLawCurve,
  powerLawPanel,
  spanOf,
} from "../../recipes/plots/powerLawPanel.js";
import { runStyles } from "../../recipes/plots/styles.js";
import {
  type Followed,
  pointsOf,
  type SweepCurve,
  type SweepPoint,
  type SweepRunNumbers,
} from "./numbers.js";

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

/** Against what the plateaus of a sweep are drawn, as far as it is varied. */
export const AXES: readonly SweepAxis[] = [
  { setting: "batch", symbol: "b", name: "batch size" },
  { setting: "lr", symbol: "η", name: "step size" },
];

export const NAMES: Readonly<Record<Followed, string>> = {
  minibs: "MiniBS",
  fullbs: "FullBS",
  "batch-sharpness": "batch sharpness",
  "minibs - fullbs": "gap MiniBS − FullBS",
};

/** The quantities that get power laws. */
export const LAWS = ["minibs", "minibs - fullbs"] as const satisfies readonly Followed[];

/** How such figures are drawn; default: for a page, at their usual width. */
export interface SweepLook {
  readonly palette?: Palette;
  readonly width?: number;
}

/** One quantity against b or η, one line for each group of the other settings, with their laws. */
export function lawsFigure(
  curves: readonly SweepCurve[],
  axis: SweepAxis,
  { palette = THEMED, width }: SweepLook = {},
): string | null {
  const shown = curves.slice(0, MOST_CURVES).filter(({ points }) => drawable(points).length > 0);
  if (shown.length === 0) return null;
  const styles = runStyles(shown.map(({ group, quantity }) => group || quantity));
  const drawn = shown.map(({ group, quantity, points, fit, error }): PowerLawCurve => {
    const law = fit ?? undefined;
    const style = labelled(styles.get(group || quantity)!, law, axis.symbol, error ?? Number.NaN);
    return { style, points: drawable(points), fit: law };
  });
  const y = `${NAMES[shown[0]!.quantity]}, loss / parameter²`;
  const title = `${y} against the ${axis.name}`;
  const figure = powerLawPanel(drawn, {
    label: title,
    x: scaleOf(axis, drawn),
    y,
    size: width === undefined ? WIDE : { ...WIDE, width: fillWidth(width, 1).panel },
    palette,
  });
  return panelsSvg([figure], {
    title,
    styles: drawn.map(({ style }) => style),
    palette,
    withData: palette === THEMED,
    ...(width === undefined ? { columns: 1 } : fillWidth(width, 1)),
  });
}

/** The sharpnesses in units of the threshold against b or η, a panel for each group. */
export function multiples(
  groups: ReadonlyMap<string, readonly SweepRunNumbers[]>,
  sharpnesses: readonly QuantityStyle[],
  axis: SweepAxis,
  unit: string,
  { palette = THEMED, width }: SweepLook = {},
): Figure[] {
  const panels = [...groups].slice(0, MOST_PANELS).map(([group, runs]) => ({
    group,
    curves: sharpnesses.map((style): PowerLawCurve => {
      const points = pointsOf(runs, style.quantity as Followed, axis.setting, "relative");
      return { style, points: drawable(points) };
    }),
  }));
  const all = panels.flatMap(({ curves }) => curves);
  const [low, high] = spanOf(all);
  if (high === 0) return [];
  const x = scaleOf(axis, all);
  const size = width === undefined ? SMALL : { ...SMALL, width };
  return panels
    .filter(({ curves }) => curves.some(({ points }) => points.length > 0))
    .map(
      ({ group, curves }): Figure =>
        powerLawPanel(curves, {
          label: `Sharpness in units of ${unit} against the ${axis.name}: ${group || "all runs"}`,
          title: group || "all runs",
          x,
          y: `sharpness in units of ${unit}`,
          span: [low, high],
          lines: [{ value: 1, look: THRESHOLD, label: unit }],
          apart: 6,
          size,
          palette,
        }),
    );
}

/** The sharpnesses that settled in some run, in units of the threshold. */
export function settledSharpnesses(runs: readonly SweepRunNumbers[]): QuantityStyle[] {
  return SHARPNESSES.filter(({ quantity }) =>
    runs.some(({ relative }) => Number.isFinite(relative[quantity as Followed]?.value)),
  );
}

/** What all thresholds have in common. */
export function unitOf(runs: readonly SweepRunNumbers[]): string {
  const formulas = new Set(runs.flatMap(({ threshold }) => threshold ?? []));
  return formulas.size === 1 ? [...formulas][0]! : "the threshold";
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
