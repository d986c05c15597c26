/** How a threshold is drawn as a line. */

import { short } from "@eoss/run";
import * as Plot from "@observablehq/plot";
import { textWidth } from "./figure.js";
import type { Palette } from "./palette.js";
import type { ThresholdSegment } from "./threshold.js";

export interface LineLook {
  readonly color: keyof Palette;
  readonly width: number;
  readonly dash: string;
}

/** The threshold that sharpness is compared with. */
export const THRESHOLD: LineLook = { color: "ink", width: 1.25, dash: "none" };
/** A further level of interest. */
export const SECOND: LineLook = { color: "muted", width: 1.25, dash: "6 3 1 3" };

/**
 * The line of some levels as far as it lies below `top`; a change of level is an upright stroke.
 */
export function levelLine(
  levels: readonly ThresholdSegment[],
  top: number,
  { color, width, dash }: LineLook,
  palette: Palette,
) {
  const points = visible(levels, top).flatMap((level, i, shown) => {
    const gap = i > 0 && shown[i - 1]!.to < level.from;
    return [
      ...(gap ? [{ step: level.from, value: Number.NaN }] : []),
      { step: level.from, value: level.value },
      ...(level.ramp ? [] : [{ step: level.to, value: level.value }]),
    ];
  });
  return Plot.lineY(points, {
    x: "step",
    y: "value",
    stroke: palette[color],
    strokeWidth: width,
    strokeDasharray: dash,
    ariaLabel: () => [...new Set(levels.map(({ formula }) => formula))].join(", "),
  });
}

/**
 * "2/η = 10" above each level that is long enough to carry it; ramps alone have the formula at their
 * end.
 *
 * @param pixels per step
 */
export function levelLabels(
  levels: readonly ThresholdSegment[],
  top: number,
  pixels: number,
  { color }: LineLook,
  palette: Palette,
) {
  const shown = visible(levels, top);
  const labels = shown.flatMap(({ from, to, value, formula }) => {
    const text = `${formula} = ${short(value)}`;
    return textWidth(text) + 12 <= (to - from) * pixels ? [{ step: from, value, text }] : [];
  });
  const looks = {
    x: "step",
    y: "value",
    text: "text",
    dy: -11,
    fontWeight: "bold",
    fill: palette[color],
    // Wide enough that no line of the grid shows between letters, and short of the level itself.
    stroke: palette.page,
    strokeWidth: 8,
  } as const;
  if (labels.length > 0) return Plot.text(labels, { ...looks, dx: 6, textAnchor: "start" });
  const end = shown.at(-1);
  const fits = end && textWidth(end.formula) + 12 <= (end.to - shown[0]!.from) * pixels;
  const alone = fits ? [{ step: end.to, value: end.value, text: end.formula }] : [];
  return Plot.text(alone, { ...looks, dx: -6, textAnchor: "end" });
}

function visible(levels: readonly ThresholdSegment[], top: number): ThresholdSegment[] {
  return levels.filter(({ value }) => value <= top);
}

/**
 * The highest level that a vertical axis should reach: of those that do not flatten the data, or
 * else the lowest one there is; 0 without any.
 */
export function reachOf(levels: readonly ThresholdSegment[], values: readonly number[]): number {
  const heights = levels.map(({ value }) => value).filter(Number.isFinite);
  if (heights.length === 0) return 0;
  // A short rise, as at the beginning of many runs, says nothing of what the axis is to show.
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const usual = sorted[Math.floor(0.75 * (sorted.length - 1))] ?? 0;
  const near = heights.filter((height) => height <= 4 * usual);
  return near.length > 0 ? Math.max(...near) : Math.min(...heights);
}

/** Says, as sentences, that a line lies above the figure. */
export function aboveNotes(levels: readonly ThresholdSegment[], top: number): string[] {
  const above = levels.filter(({ value }) => value > top);
  if (above.length === 0) return [];
  const lines = above.map(({ formula, value }) => `${formula} = ${short(value)}`);
  return above.length > 3
    ? [`Where the line ${above[0]!.formula} is missing, it is above the figure.`]
    : [`Above the figure: ${lines.join(", ")}.`];
}
