import * as Plot from "@observablehq/plot";
import type { Run } from "../run/read.js";
import { blockMeans, lastStep, seriesOf, thin } from "../run/series.js";
import { draw, type FigureSize, MARGINS, MAX_LINE_POINTS, svgMarkup } from "./figure.js";
import { runTitle, settingText } from "./labels.js";
import { integer, short } from "./numbers.js";
import type { Palette } from "./palette.js";

const MAX_STEP_POINTS = 600;

/** The training loss against steps on a logarithmic axis, and how the figure was made. */
export function lossFigure(
  run: Run,
  palette: Palette,
  size: FigureSize,
): { readonly svg: string | null; readonly caption: string } {
  const full = seriesOf(run, "loss");
  const steps = seriesOf(run, "step-loss");
  const block = Math.ceil(steps.length / MAX_STEP_POINTS);
  const smoothed = steps.length > 0 ? blockMeans(steps, block) : [];
  const drawable = [...full, ...smoothed].filter(({ value }) => value > 0 && value < Infinity);
  if (drawable.length === 0) return { svg: null, caption: "" };

  const [low, high] = drawable.reduce(
    ([least, most], { value }) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, 0] as [number, number],
  );
  const { ticks, tickFormat } = logTicks(low, high);
  const positive = ({ value }: { value: number }) => (value > 0 ? value : Number.NaN);
  const svg = draw({
    ...size,
    palette,
    label: `Training loss against training steps: ${runTitle(run)}`,
    description: "Logarithmic vertical axis.",
    plot: {
      ...MARGINS,
      x: { domain: [0, Math.max(1, lastStep(run))] },
      y: {
        type: "log",
        // A constant loss would leave a logarithmic axis without any length.
        domain: [low / 1.15, high * 1.15],
        label: null,
      },
      marks: [
        Plot.gridY(ticks, { stroke: palette.grid, strokeOpacity: 1 }),
        Plot.axisY(ticks, { label: `↑ ${lossLabel(run)}`, labelArrow: "none", tickFormat }),
        Plot.lineY(smoothed, {
          x: "step",
          y: positive,
          stroke: palette.muted,
          strokeOpacity: 0.75,
          strokeWidth: 1,
          ariaLabel: () => "loss of the training batches",
        }),
        Plot.lineY(thin(full, MAX_LINE_POINTS), {
          x: "step",
          y: positive,
          stroke: palette.ink,
          strokeWidth: 2,
          ariaLabel: () => "loss of all training samples",
        }),
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
      "Values that are not positive have no place on this axis and are left out.",
    "At the edge of stability the loss falls over many steps, not at each of them.",
  ];
  return { svg: svgMarkup(svg), caption: sentences.filter(Boolean).join(" ") };
}

function lossLabel(run: Run): string {
  const { loss } = run.manifest.config;
  if (loss === "mse") return "training loss (squared error, summed over classes)";
  if (loss === "ce") return "training loss (cross-entropy, nats)";
  return loss === undefined ? "training loss" : `training loss (${settingText(loss)})`;
}

/** Ticks of a logarithmic axis: powers of ten over many decades, 1, 2 and 5 times them over few. */
function logTicks(low: number, high: number) {
  const first = Math.floor(Math.log10(low));
  const decades = Math.ceil(Math.log10(high)) - first;
  const many = high / low > 200;
  const stride = many ? Math.max(1, Math.round(decades / 8)) : 1;
  const ticks = Array.from({ length: decades + 1 }, (_, i) => first + i)
    .filter((power) => power % stride === 0)
    .flatMap((power) => (many ? [1] : [1, 2, 5]).map((multiple) => multiple * 10 ** power))
    .filter((tick) => tick >= low / 1.15 && tick <= high * 1.15);
  const tickFormat = (tick: number) =>
    many ? `10${superscript(Math.round(Math.log10(tick)))}` : short(tick);
  return { ticks, tickFormat };
}

function superscript(value: number): string {
  return [...String(value)].map((sign) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)] ?? "⁻").join("");
}
