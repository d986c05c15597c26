/** The figure of the sharpnesses of one run against training steps. */

import { type OpenedRun, short } from "@eoss/run";
import { integer, thin } from "@eoss/run/internal";
import type { SeriesPoint } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";
import { runTitle } from "../text/labels.js";
import { changeMarks, frameOf, marksHeight, marksOf, placeMarks } from "./changeMarks.js";
import {
  axisTop,
  band,
  cloud,
  draw,
  type Figure,
  type FigureSize,
  line,
  MARGINS,
  MAX_LINE_POINTS,
  stepsOf,
  textWidth,
} from "./figure.js";
import { stepSeries } from "./figureData.js";
import { BATCH_SHARPNESS, FULLBS, MINIBS, type Palette } from "./palette.js";
import { smallBatchLevels, type ThresholdSegment, thresholdLevels } from "./threshold.js";
import { aboveNotes, levelLabels, levelLine, reachOf, SECOND, THRESHOLD } from "./thresholdLine.js";
import { axisMarks, linearAxis, logAxis, scaleOf } from "./verticalAxis.js";

export interface SharpnessFigure {
  /** Null if none of its quantities was measured. */
  readonly figure: Figure | null;
  /** What was left out or moved to keep the figure readable, as sentences; often empty. */
  readonly notes: readonly string[];
}

/**
 * MiniBS (mean with 95 % intervals, single batches), FullBS (with its error bound) and batch
 * sharpness against steps, in loss per parameter², with the threshold of each step.
 *
 * @param maxDots single batches that are drawn at most
 */
export function sharpnessFigure(
  run: OpenedRun,
  palette: Palette,
  size: FigureSize,
  maxDots: number,
): SharpnessFigure {
  const minibs = run.seriesOf(MINIBS.quantity);
  const fullbs = run.seriesOf(FULLBS.quantity);
  const batchSharpness = run.seriesOf(BATCH_SHARPNESS.quantity);
  const batches = run.batchesOf(MINIBS.quantity);
  const lines = [...minibs, ...fullbs, ...batchSharpness];
  const values = [...lines, ...batches].map(({ value }) => value).filter(Number.isFinite);
  if (values.length === 0) return { figure: null, notes: [] };

  const thresholds = thresholdLevels(run);
  const second = smallBatchLevels(run);
  const levels = [...thresholds, ...second];
  const soars = run.diverged && soarsFrom(levels, values);
  const top = soars ? largest(values) : axisTop(values, 1.25 * reachOf(levels, values));
  const bottom = values.reduce((lowest, value) => Math.min(lowest, value), 0);
  const dots = thin(batches, maxDots);
  const domain = stepsOf([run]);
  const vertical = soars
    ? logAxis(lowestDrawn(levels, values), top)
    : linearAxis(bottom, top, Math.round(size.height / 60));
  const floor = soars ? vertical.scale.domain[0] : -Infinity;
  const raised = (points: readonly SeriesPoint[]) =>
    points.map((point) => ({ ...point, value: Math.max(floor, point.value) }));
  const margins = { ...MARGINS, marginLeft: Math.max(MARGINS.marginLeft, vertical.margin) };
  const frame = frameOf(size.width, domain, margins);
  const pixels = (frame.right - frame.left) / (domain[1] - domain[0]);
  const changes = placeMarks(marksOf(run), frame);
  const figure = draw({
    ...size,
    palette,
    label: `Sharpness against training steps: ${runTitle(run)}`,
    description: describeLevels(thresholds),
    data: {
      y: SHARPNESS_UNIT,
      series: [
        stepSeries(MINIBS, minibs),
        stepSeries(FULLBS, fullbs),
        stepSeries(BATCH_SHARPNESS, batchSharpness),
      ],
    },
    plot: {
      ...margins,
      marginTop: MARGINS.marginTop + marksHeight(changes),
      x: { domain },
      y: scaleOf(vertical),
      marks: [
        ...axisMarks(vertical, palette, `${Y_LABEL}${vertical.suffix}`),
        soars ? null : multiplesAxis(thresholds, top, size.width - textWidth(Y_LABEL)),
        cloud(raised(dots), MINIBS, palette),
        band(minibs, MINIBS, palette, floor),
        band(fullbs, FULLBS, palette, floor),
        changeMarks(changes, palette),
        levelLine(second, top, SECOND, palette),
        levelLine(thresholds, top, THRESHOLD, palette),
        line(raised(batchSharpness), BATCH_SHARPNESS, palette),
        line(raised(minibs), MINIBS, palette),
        // Last: where it coincides with MiniBS, both show, one between the dashes of the other.
        line(raised(fullbs), FULLBS, palette),
        levelLabels(second, top, pixels, SECOND, palette),
        levelLabels(thresholds, top, pixels, THRESHOLD, palette),
        divergence(run, palette),
      ],
    },
  });

  const longest = Math.max(minibs.length, fullbs.length, batchSharpness.length);
  return {
    figure,
    notes: [
      ...(soars ? [SOARS] : []),
      ...aboveNotes(thresholds, top),
      ...aboveNotes(second, top),
      ...thinningNotes(dots.length, batches.length, longest),
      ...outlierNotes(
        values.filter((value) => value > top),
        top,
      ),
    ],
  };
}

const SHARPNESS_UNIT = "sharpness (loss / parameter²)";
const Y_LABEL = `↑ ${SHARPNESS_UNIT}`;

/** On a linear axis a curve that soars this far would hide where it passed its threshold. */
const FAR = 100;
const SOARS =
  "The axis is logarithmic, since the run diverged: what lies below it is drawn on its lower edge.";

/** Whether a run that diverged left its thresholds so far behind that only a logarithm shows both. */
function soarsFrom(levels: readonly ThresholdSegment[], values: readonly number[]): boolean {
  const heights = positive(levels.map(({ value }) => value));
  return heights.length > 0 && largest(values) > FAR * largest(heights);
}

/** What lies a thousand times below the lowest threshold needs no room. */
function lowestDrawn(levels: readonly ThresholdSegment[], values: readonly number[]): number {
  const least = (of: readonly number[]) => of.reduce((a, b) => Math.min(a, b), Infinity);
  const threshold = least(positive(levels.map(({ value }) => value)));
  return Math.max(threshold / 1000, Math.min(threshold / 3, least(positive(values))));
}

function positive(values: readonly number[]): number[] {
  return values.filter((value) => value > 0 && value < Infinity);
}

function largest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}

/**
 * The right axis of a run whose threshold stays where it is: the same scale in units of it.
 *
 * @param room pixels for its label, beside that of the left axis
 */
function multiplesAxis(levels: readonly ThresholdSegment[], top: number, room: number) {
  const { value: threshold, formula } = levels[0]!;
  if (levels.length > 1 || !(threshold <= top)) return null;
  const stride = [0.5, 1, 2, 5, 10].find((size) => size * threshold >= top / 8);
  // Far above the threshold the multiples of it are no axis to read from.
  if (stride === undefined) return null;
  const count = Math.floor(top / (stride * threshold));
  const ticks = Array.from({ length: count }, (_, i) => (i + 1) * stride * threshold);
  return Plot.axisY(ticks, {
    anchor: "right",
    label: [`in units of ${formula}`, "× threshold"].find((text) => textWidth(text) < room) ?? null,
    labelArrow: "none",
    tickFormat: (tick: number) => `${Math.round((2 * tick) / threshold) / 2}×`,
  });
}

function describeLevels(levels: readonly ThresholdSegment[]): string {
  const [first] = levels;
  if (levels.length === 1 && Number.isFinite(first!.value)) {
    return `The horizontal line is ${first!.formula} = ${short(first!.value)}.`;
  }
  return levels.some(({ value }) => value > 0)
    ? "The thin line is the stability threshold of each step."
    : "Without a threshold.";
}

function divergence(run: OpenedRun, palette: Palette) {
  if (!run.diverged) return null;
  return [
    Plot.ruleX([run.manifest.end!.step], {
      stroke: palette.ink,
      strokeDasharray: "1 3",
      strokeWidth: 1.5,
    }),
    Plot.text(["diverged"], {
      x: run.manifest.end!.step,
      frameAnchor: "top",
      dx: -6,
      dy: 4,
      textAnchor: "end",
      fill: palette.ink,
      stroke: palette.page,
      strokeWidth: 4,
    }),
  ];
}

function thinningNotes(dots: number, batches: number, linePoints: number): string[] {
  const notes: string[] = [];
  if (dots < batches) {
    notes.push(`${integer(dots)} of ${integer(batches)} single batches are drawn, evenly spaced.`);
  }
  if (linePoints > MAX_LINE_POINTS) {
    notes.push(`Lines are drawn through ${integer(MAX_LINE_POINTS)} of their points.`);
  }
  return notes;
}

function outlierNotes(above: readonly number[], top: number): string[] {
  if (above.length === 0) return [];
  const highest = above.reduce((a, b) => Math.max(a, b));
  const values = above.length === 1 ? "1 value" : `${integer(above.length)} values`;
  return [`On the upper edge: ${values} above ${short(top)}, the highest ${short(highest)}.`];
}
