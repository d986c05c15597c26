/** The figure that compares runs, each in units of its threshold. */

import { checkTypedOptions, positive } from "@eoss/rng/internal";
import { type OpenedRun, openRun, type Run, short } from "@eoss/run";
import * as Plot from "@observablehq/plot";
import { runLabels } from "../text/labels.js";
import { changeMarks, frameOf, marksHeight, marksOf, placeMarks } from "./changeMarks.js";
import {
  axisTop,
  BESIDE,
  band,
  draw,
  type Figure,
  type FigureSize,
  line,
  stepsOf,
  textWidth,
} from "./figure.js";
import { stepSeries } from "./figureData.js";
import {
  BATCH_SHARPNESS,
  FULLBS,
  LIGHT,
  MINIBS,
  type Palette,
  type QuantityStyle,
  SHARPNESSES,
} from "./palette.js";
import { fillWidth, panelsSvg } from "./panels.js";
import { commonFormula, thresholdLevels } from "./threshold.js";
import { axisMarks, linearAxis, scaleOf } from "./verticalAxis.js";

/** FullBS is drawn last: where it coincides with MiniBS, that shows between its dashes. */
const COMPARED = [BATCH_SHARPNESS, MINIBS, FULLBS] as const;

export interface ComparisonPanels {
  readonly panels: readonly Figure[];
  /** The looks of the quantities that were measured in one of the runs. */
  readonly styles: readonly QuantityStyle[];
  /** Where the common vertical axis ends, if there are values above it: they lie on its edge. */
  readonly clampedAt: number | null;
}

const TITLE_SIZE = 14;
const MARGIN = { marginLeft: 34, marginRight: 14, marginTop: 52, marginBottom: 38 };

/**
 * MiniBS, FullBS and batch sharpness of several runs, each value in units of the threshold of its step: one panel a
 * run, all with the same vertical axis, so that levels compare across panels. A run without any of these
 * quantities, or whose sharpness compares with no threshold, gets a panel that says so.
 */
export function comparisonPanels(
  runs: readonly OpenedRun[],
  palette: Palette,
  size: FigureSize,
): ComparisonPanels {
  const labels = runLabels(runs);
  const curves = runs.map((run) => COMPARED.map(({ quantity }) => run.relativeSeriesOf(quantity)));
  const values = curves.flat(2).flatMap(({ value }) => (Number.isFinite(value) ? [value] : []));
  const unit = commonFormula(runs);
  const top = axisTop(values, 1.3);
  const bottom = values.reduce((low, value) => Math.min(low, value), 0);
  const vertical = linearAxis(bottom, top);
  const marginLeft = Math.max(MARGIN.marginLeft, vertical.margin);
  const margins = { ...MARGIN, marginLeft };
  const changes = runs.map((run) =>
    placeMarks(marksOf(run), frameOf(size.width, stepsOf([run]), margins)),
  );
  // One height for all, or the panels' axes would not line up.
  // In em, of which a bold letter takes more than the wrapping of Plot reckons with.
  const titleWidth = (0.85 * (size.width - 12)) / TITLE_SIZE;
  const titleLines = labels.map((label) =>
    Math.ceil((textWidth(label) * TITLE_SIZE) / 12 / (0.95 * (size.width - 12))),
  );
  const titleHeight = (TITLE_SIZE + 2) * (Math.max(1, ...titleLines) - 1);
  const marginTop = MARGIN.marginTop + titleHeight + Math.max(0, ...changes.map(marksHeight));
  const panels = runs.map((run, i) =>
    draw({
      ...size,
      palette,
      label: `Sharpness in units of ${unit} against training steps: ${labels[i]}`,
      description: `The horizontal line at 1 is ${unit}.`,
      data: {
        y: `sharpness in units of ${unit}`,
        series: COMPARED.map((style, k) => stepSeries(style, curves[i]![k]!)),
      },
      plot: {
        ...margins,
        marginTop,
        x: { domain: stepsOf([run]), ticks: 4 },
        y: scaleOf(vertical),
        marks: [
          ...axisMarks(vertical, palette),
          ...COMPARED.map((style, k) => band(curves[i]![k]!, style, palette)),
          changeMarks(changes[i]!, palette),
          compares(run)
            ? Plot.ruleY([1], { stroke: palette.ink, strokeWidth: 1.25, ariaLabel: () => unit })
            : null,
          ...COMPARED.map((style, k) => line(curves[i]![k]!, style, palette)),
          Plot.text([labels[i]!], {
            ...BESIDE,
            frameAnchor: "top-left",
            dx: 6 - marginLeft,
            dy: 6 - marginTop,
            fontSize: TITLE_SIZE,
            lineWidth: titleWidth,
            fontWeight: "bold",
            fill: palette.ink,
          }),
          Plot.text([`↑ sharpness in units of ${unit}`], {
            ...BESIDE,
            frameAnchor: "top-left",
            dx: 6 - marginLeft,
            dy: 32 + titleHeight - marginTop,
            fill: palette.muted,
          }),
          curves[i]!.flat().every(({ value }) => !Number.isFinite(value))
            ? Plot.text(
                [curves[i]!.flat().length > 0 && !compares(run) ? NO_THRESHOLD : "not measured"],
                {
                  ...BESIDE,
                  frameAnchor: "middle",
                  fill: palette.muted,
                },
              )
            : null,
        ],
      },
    }),
  );
  const styles = SHARPNESSES.filter((style) =>
    curves.some((own) => own[COMPARED.indexOf(style)]!.length > 0),
  );
  return { panels, styles, clampedAt: values.some((value) => value > top) ? top : null };
}

const NO_THRESHOLD = "no threshold for λmax(H)";

/** Whether there is a step at which the sharpness of a run has a threshold. */
function compares(run: OpenedRun): boolean {
  return thresholdLevels(run).some(({ value }) => !Number.isNaN(value));
}

/**
 * The comparison as one SVG that stands alone: light background, no styles from outside, legible
 * beside text of either theme. For READMEs and slides.
 *
 * @param of the runs
 * @param options `width`: pixels of the whole, at least 300; default: three panels of 300 beside each other
 */
export function comparisonFigureSvg(
  of: readonly Run[],
  options: { readonly width?: number } = {},
): string {
  checkTypedOptions("comparisonFigureSvg", options, { width: positive });
  const { width } = options;
  const runs = of.map(openRun);
  const palette = LIGHT;
  const place = width === undefined ? { columns: 3, panel: 300 } : fillWidth(width, runs.length);
  const size = { width: place.panel, height: 280 };
  const { panels, styles, clampedAt } = comparisonPanels(runs, palette, size);
  const unit = commonFormula(runs);
  return panelsSvg(panels, {
    title: `Sharpness in units of ${unit}: ${runLabels(runs).join("; ")}`,
    styles,
    threshold: unit,
    notes: clampedAt === null ? [] : [`On the upper edge: values above ${short(clampedAt)}.`],
    palette,
    ...place,
  });
}
