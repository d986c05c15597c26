import * as Plot from "@observablehq/plot";
import { textWidth } from "./figure.js";
import type { Palette } from "./palette.js";
import { evenLabels, evenTicks, logLabels, logTicks, readableSpan } from "./ticks.js";

/** The vertical axis of a figure: its scale, its labels, and the room these take. */
export interface VerticalAxis {
  readonly scale: {
    readonly type: "linear" | "log";
    readonly domain: readonly [low: number, high: number];
    readonly clamp: true;
  };
  readonly ticks: readonly number[];
  readonly labelOf: (tick: number) => string;
  /** Pixels left of the frame that the widest label needs. */
  readonly margin: number;
  /** What the title of the axis says of its scale: nothing where it is linear. */
  readonly suffix: "" | " (log scale)";
}

/** Of a tick and the space between it and its label. */
const TICK = 12;

/** A linear axis over these values; where they are nearly all the same, over more. */
export function linearAxis(low: number, high: number, count = 6): VerticalAxis {
  const domain = readableSpan(low, high);
  const ticks = evenTicks(...domain, count);
  return axis("linear", domain, ticks, evenLabels(ticks));
}

/** A logarithmic axis over positive values. */
export function logAxis(low: number, high: number): VerticalAxis {
  const domain = [low / 1.15, high * 1.15] as const;
  const powers = logTicks(low, high);
  if (powers.length > 1) return axis("log", domain, powers, logLabels(low, high));
  // Between two powers of ten, and twice and five times them, even steps are what is left.
  const ticks = evenTicks(...domain, 5).filter((tick) => tick > 0);
  return axis("log", domain, ticks, evenLabels(ticks));
}

function axis(
  type: "linear" | "log",
  domain: readonly [number, number],
  ticks: readonly number[],
  labelOf: (tick: number) => string,
): VerticalAxis {
  const widest = Math.max(0, ...ticks.map((tick) => textWidth(labelOf(tick))));
  return {
    scale: { type, domain, clamp: true },
    ticks,
    labelOf,
    margin: Math.ceil(widest + TICK),
    suffix: type === "log" ? " (log scale)" : "",
  };
}

/** The grid and the labels of an axis, as the first marks of a figure. */
export function axisMarks({ ticks, labelOf }: VerticalAxis, palette: Palette, label?: string) {
  return [
    Plot.gridY(ticks, { stroke: palette.grid, strokeOpacity: 1 }),
    // As `tickFormat` a logarithmic scale would leave out some of the labels.
    Plot.axisY(ticks, {
      anchor: "left",
      text: labelOf,
      label: label ?? null,
      labelArrow: "none",
    }),
  ];
}

/** The options of Plot's vertical scale. */
export function scaleOf({ scale }: VerticalAxis): Plot.ScaleOptions {
  return { ...scale, domain: [...scale.domain], label: null };
}
