import { type OpenedRun, STEP_LOSS } from "@eoss/run";
import { blockMeans, integer, thin } from "@eoss/run/internal";
import * as Plot from "@observablehq/plot";
import { runTitle, shownSetting } from "../text/labels.js";
import { changeMarks, frameOf, marksHeight, marksOf, placeMarks } from "./changeMarks.js";
import {
  draw,
  type Figure,
  type FigureSize,
  MARGINS,
  MAX_LINE_POINTS,
  stepsOf,
  textWidth,
} from "./figure.js";
import { stepSeries } from "./figureData.js";
import { type Palette, rootStyle } from "./palette.js";
import { axisMarks, logAxis, scaleOf } from "./verticalAxis.js";

const MAX_STEP_POINTS = 600;
const FULL = "loss of all training samples";
const BATCHES = "loss of the training batches";
/** Whether it has a place on a logarithmic axis. */
const isPositive = ({ value }: { readonly value: number }) => value > 0 && value < Infinity;

/** The training loss against steps on a logarithmic axis, and how the figure was made. */
export function lossFigure(
  run: OpenedRun,
  palette: Palette,
  size: FigureSize,
): { readonly figure: Figure | null; readonly caption: string } {
  const full = run.seriesOf("loss");
  const steps = run.seriesOf(STEP_LOSS);
  const block = Math.ceil(steps.length / MAX_STEP_POINTS);
  const smoothed = steps.length > 0 ? blockMeans(steps, block) : [];
  const drawable = [...full, ...smoothed].filter(isPositive);
  if (drawable.length === 0) return { figure: null, caption: "" };

  const [low, high] = drawable.reduce(
    ([least, most], { value }) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, 0] as [number, number],
  );
  const vertical = logAxis(low, high);
  const marginLeft = Math.max(MARGINS.marginLeft, vertical.margin);
  const positive = ({ value }: { value: number }) => (value > 0 ? value : Number.NaN);
  const domain = stepsOf([run]);
  const margins = { ...MARGINS, marginLeft };
  const changes = placeMarks(marksOf(run), frameOf(size.width, domain, margins));
  const figure = draw({
    ...size,
    palette,
    label: `Training loss against training steps: ${runTitle(run)}`,
    description: "Logarithmic vertical axis.",
    data: {
      y: "loss",
      series: [
        stepSeries({ ...rootStyle(FULL), color: "ink" }, full.filter(isPositive)),
        stepSeries({ ...rootStyle(BATCHES), color: "muted" }, smoothed.filter(isPositive)),
      ],
    },
    plot: {
      ...margins,
      marginTop: MARGINS.marginTop + marksHeight(changes),
      x: { domain },
      y: scaleOf(vertical),
      marks: [
        ...axisMarks(vertical, palette, `↑ ${lossLabel(run, vertical.suffix, size.width)}`),
        Plot.lineY(smoothed, {
          x: "step",
          y: positive,
          stroke: palette.muted,
          strokeOpacity: 0.75,
          strokeWidth: 1,
          ariaLabel: () => BATCHES,
        }),
        Plot.lineY(thin(full, MAX_LINE_POINTS), {
          x: "step",
          y: positive,
          stroke: palette.ink,
          strokeWidth: 2,
          ariaLabel: () => FULL,
        }),
        changeMarks(changes, palette),
      ],
    },
  });
  const sentences = [
    full.length > 0 && "Thick: loss of all training samples.",
    steps.length > 0 &&
      (block > 1
        ? `Thin: loss of the training batches, each point the mean of ${integer(block)} successive steps.`
        : "Thin: loss of the training batches, step by step."),
    [...full, ...smoothed].some(({ value }) => value <= 0) &&
      "Values that are not positive cannot be drawn on this axis and are left out.",
    "At the edge of stability the loss falls over many steps, not at each of them.",
  ];
  return { figure, caption: sentences.filter(Boolean).join(" ") };
}

/** What the axis shows; in a narrow figure without what the loss is. */
function lossLabel(run: OpenedRun, suffix: string, width: number): string {
  const whole = `${lossText(run)}${suffix}`;
  return textWidth(whole) < width ? whole : `training loss${suffix}`;
}

function lossText(run: OpenedRun): string {
  const { loss } = run.manifest.config;
  if (loss === "mse") return "training loss (squared error, summed over classes)";
  if (loss === "ce") return "training loss (cross-entropy, nats)";
  return loss === undefined ? "training loss" : `training loss (${shownSetting(loss)})`;
}
