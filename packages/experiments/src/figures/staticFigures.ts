/** The figures of a static curve under names, with their numbers, for print. */

import type { StaticAt } from "@eoss/lab";
import { LIGHT } from "@eoss/report";
import {
  fillWidth,
  type Look,
  type NamedFigure,
  panelsSvg,
  SECOND,
  THRESHOLD,
} from "@eoss/report/internal";
import { short } from "@eoss/run";
import { type ComparedWith, errorOf, type GapFit, type Measurement } from "@eoss/sharpness";
import {
  type LevelLine,
  labelled,
  type PowerLawCurve,
  powerLawPanel,
} from "../recipes/plots/powerLawPanel.js";
import { quantityStyles, runStyles } from "../recipes/plots/styles.js";
import type { FigureSource } from "./figureFiles.js";

const X = { base: 2, label: "batch size b →", ticks: 8, tickFormat: String };
const HEIGHT = 360;
const { color, dash } = quantityStyles(["fullbs"]).get("fullbs")!;
const FULLBS_LINE = { color, dash, width: THRESHOLD.width };

type Level = Pick<ComparedWith, "value" | "formula">;

/**
 * The figures of what `staticAt` found: MiniBS against the batch size with lines of FullBS and of what MiniBS is
 * compared with at the step, where the optimizer of the run has such a level; and the gap
 * between them with its power law and, if it was asked for, the matrix-Bernstein bound.
 */
export function staticFigures(curve: StaticAt): FigureSource {
  return drawStatic(curve, { palette: LIGHT });
}

/** The same, for print or for a page. */
export function drawStatic(
  curve: StaticAt,
  look: Pick<Look, "palette" | "withData">,
): FigureSource {
  const all = [minibsOf(curve), gapOf(curve)];
  return (width) =>
    all.map(({ rows, ...drawing }) => ({
      name: drawing.name,
      svg: svgOf(drawing, { ...look, width }),
      rows,
    }));
}

interface Drawing extends Pick<NamedFigure, "name"> {
  readonly title: string;
  /** What the vertical axis shows. */
  readonly y: string;
  readonly curves: readonly PowerLawCurve[];
  readonly lines?: readonly LevelLine[];
}

type DrawingWithRows = Drawing & Pick<NamedFigure, "rows">;

function minibsOf({ step, samples, points, fullbs, comparisons }: StaticAt): DrawingWithRows {
  const own = points.map(({ batchSize, minibs }) => rowOf("minibs", batchSize, minibs));
  return {
    name: "minibs-against-batch-size",
    title: `MiniBS against the batch size at step ${step}`,
    y: "MiniBS, loss / parameter²",
    curves: [{ style: runStyles(["MiniBS"]).get("MiniBS")!, points: own.map(markOf) }],
    lines: [
      { value: fullbs.value, look: FULLBS_LINE, label: "FullBS" },
      ...levelOf(comparisons.minibs, THRESHOLD),
      ...levelOf(comparisons.minibs.second, SECOND),
    ],
    rows: [
      ...own.map((row) => ({ ...row, ...thresholdColumns(comparisons.minibs) })),
      { ...rowOf("fullbs", samples, fullbs), ...thresholdColumns(comparisons.fullbs) },
    ],
  };
}

function gapOf({ step, points, plain, bernstein }: StaticAt): DrawingWithRows {
  const own = points.map(({ batchSize, gap }) => rowOf("gap", batchSize, gap));
  const bounds = points.map(({ batchSize, bernstein: value }) => ({
    batchSize,
    value: value ?? 0,
  }));
  const [gap, bound] = [...runStyles(["gap", "matrix-Bernstein bound"]).values()];
  return {
    name: "gap-against-batch-size",
    title: `MiniBS − FullBS against the batch size at step ${step}`,
    y: "MiniBS − FullBS, loss / parameter²",
    curves: [
      {
        style: labelled(gap!, plain, "b", errorOfPower(plain)),
        points: own.map(markOf),
        fit: plain,
      },
      ...(bernstein ? [{ style: bound!, points: bounds.map(markOf) }] : []),
    ],
    rows: own.map((row, i) => ({
      ...row,
      bernstein: points[i]!.bernstein,
      law_amplitude: plain?.amplitude,
      law_power: plain && -plain.exponent,
      law_power_error: errorOfPower(plain),
    })),
  };
}

/** "2/η = 10"; nothing where the updates of the run have no such level. */
function levelOf(threshold: Level | undefined, look: LevelLine["look"]): LevelLine[] {
  const { value = Number.NaN, formula } = threshold ?? {};
  return value > 0 && Number.isFinite(value)
    ? [{ value, look, label: `${formula} = ${short(value)}` }]
    : [];
}

function thresholdColumns({ value, formula }: Level) {
  return { threshold: value, threshold_formula: formula };
}

function rowOf(quantity: string, batchSize: number, measured: Measurement) {
  const { value, status } = measured;
  return { quantity, batchSize, value, error: errorOf(measured), status };
}

function markOf(row: { batchSize: number; value: number; error?: number | null }) {
  return { x: row.batchSize, value: row.value, margin: row.error ?? 0 };
}

/** With what the error of FullBS, common to all points, adds. */
function errorOfPower(fit: GapFit | undefined): number | undefined {
  return fit && fit.interval[1] - fit.exponent + fit.systematic;
}

function svgOf(
  { title, y, curves, lines = [] }: Omit<Drawing, "name">,
  { palette, withData, width }: Pick<Look, "palette" | "withData"> & { readonly width: number },
): string {
  const place = fillWidth(width, 1);
  const isPositive = ({ value }: { readonly value: number }) => value > 0 && Number.isFinite(value);
  const drawn = curves.map((curve) => ({ ...curve, points: curve.points.filter(isPositive) }));
  const count = (of: readonly PowerLawCurve[]) => of.flatMap(({ points }) => points).length;
  const lost = count(curves) - count(drawn);
  const panel = powerLawPanel(drawn, {
    label: title,
    x: X,
    y,
    lines,
    size: { width: place.panel, height: HEIGHT },
    palette,
  });
  return panelsSvg([panel], {
    title,
    styles: drawn.map(({ style }) => style),
    lines,
    notes: lost > 0 ? [`Not drawn on logarithmic axes: ${lost} not positive.`] : [],
    palette,
    withData,
    ...place,
  });
}
