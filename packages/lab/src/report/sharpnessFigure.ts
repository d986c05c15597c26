import * as Plot from "@observablehq/plot";
import type { Run } from "../run/read.js";
import { batchesOf, lastStep, seriesOf, thin } from "../run/series.js";
import {
  axisTop,
  band,
  cloud,
  draw,
  type FigureSize,
  line,
  MARGINS,
  MAX_LINE_POINTS,
  svgMarkup,
} from "./figure.js";
import { isFullBatch, runTitle } from "./labels.js";
import { integer, short } from "./numbers.js";
import { BATCH_SHARPNESS, FULLBS, MINIBS, type Palette } from "./palette.js";

export interface SharpnessFigure {
  /** Null if none of its quantities was measured. */
  readonly svg: string | null;
  /** What was left out or moved to keep the figure readable, as sentences; often empty. */
  readonly notes: readonly string[];
}

/**
 * MiniBS (mean, ±2 standard errors, single batches), FullBS (with its error bound) and batch
 * sharpness against steps, in loss per parameter², with the line 2/η.
 *
 * @param maxDots single batches that are drawn at most
 */
export function sharpnessFigure(
  run: Run,
  palette: Palette,
  size: FigureSize,
  maxDots: number,
): SharpnessFigure {
  const { stabilityThreshold: threshold } = run.manifest;
  const minibs = seriesOf(run, MINIBS.quantity);
  const fullbs = seriesOf(run, FULLBS.quantity);
  const batchSharpness = seriesOf(run, BATCH_SHARPNESS.quantity);
  const batches = batchesOf(run, MINIBS.quantity);
  const lines = [...minibs, ...fullbs, ...batchSharpness];
  const values = [...lines, ...batches].map(({ value }) => value).filter(Number.isFinite);
  if (values.length === 0) return { svg: null, notes: [] };

  const top = axisTop(values, 1.25 * threshold);
  const bottom = values.reduce((lowest, value) => Math.min(lowest, value), 0);
  const dots = thin(batches, maxDots);
  const svg = draw({
    ...size,
    palette,
    label: `Sharpness against training steps: ${runTitle(run)}`,
    description: `The horizontal line is 2/η = ${short(threshold)}.`,
    plot: {
      ...MARGINS,
      x: { domain: [0, Math.max(1, lastStep(run))] },
      y: { domain: [bottom, top], clamp: true, label: null },
      marks: [
        Plot.gridY({ stroke: palette.grid, strokeOpacity: 1 }),
        Plot.axisY({
          anchor: "left",
          label: "↑ sharpness (loss / parameter²)",
          labelArrow: "none",
        }),
        multiplesAxis(threshold, top),
        cloud(dots, MINIBS, palette),
        band(minibs, ({ standardError = Number.NaN }) => 2 * standardError, MINIBS, palette),
        band(fullbs, ({ errorBound }) => errorBound, FULLBS, palette),
        Plot.ruleY([threshold], { stroke: palette.ink, strokeWidth: 1.25, ariaLabel: () => "2/η" }),
        line(batchSharpness, BATCH_SHARPNESS, palette),
        line(minibs, MINIBS, palette),
        // Last: where it coincides with MiniBS, both show, one between the dashes of the other.
        line(fullbs, FULLBS, palette),
        thresholdLabel(threshold, palette),
        divergence(run, palette),
      ],
    },
  });

  const longest = Math.max(minibs.length, fullbs.length, batchSharpness.length);
  return {
    svg: svgMarkup(svg),
    notes: [
      ...thinningNotes(dots.length, batches.length, longest),
      ...outlierNotes(
        values.filter((value) => value > top),
        top,
      ),
    ],
  };
}

/** What the figure shows and what to look for. */
export function sharpnessCaption(run: Run): string {
  const threshold = short(run.manifest.stabilityThreshold);
  return isFullBatch(run)
    ? `Full-batch gradient descent is stable while FullBS, the curvature λmax of the whole training ` +
        `loss, stays below 2/η = ${threshold}. Look whether it rises to the line and hovers there: ` +
        `the edge of stability. MiniBS, if drawn, is the same number here: the one batch is all samples.`
    : `Each dot is λmax of the loss of one batch; MiniBS is their mean, its band ±2 standard errors. ` +
        `FullBS is λmax of the whole training loss, its band the solver's error bound. Look whether ` +
        `MiniBS rises to 2/η = ${threshold} and hovers there while FullBS levels off below: SGD ` +
        `feels the curvature of its batches, not that of the whole loss.`;
}

/** The right axis: the same scale in units of 2/η. */
function multiplesAxis(threshold: number, top: number) {
  const ticks = [0.5, 1, 1.5, 2, 3]
    .map((multiple) => multiple * threshold)
    .filter((tick) => tick <= top);
  return Plot.axisY(ticks, {
    anchor: "right",
    label: "in units of 2/η",
    labelArrow: "none",
    tickFormat: (tick: number) => `${Math.round((2 * tick) / threshold) / 2}×`,
  });
}

function thresholdLabel(threshold: number, palette: Palette) {
  return Plot.text([`2/η = ${short(threshold)}`], {
    x: 0,
    y: threshold,
    dx: 6,
    dy: -8,
    textAnchor: "start",
    fontWeight: "bold",
    fill: palette.ink,
    stroke: palette.page,
    strokeWidth: 4,
  });
}

function divergence(run: Run, palette: Palette) {
  const { end } = run.manifest;
  if (end?.reason !== "diverged") return null;
  return [
    Plot.ruleX([end.step], { stroke: palette.ink, strokeDasharray: "1 3", strokeWidth: 1.5 }),
    Plot.text(["diverged"], {
      x: end.step,
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
    notes.push(`Of ${integer(batches)} single batches ${integer(dots)} are drawn, evenly spread.`);
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
