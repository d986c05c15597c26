import { type OpenedRun, STEP_LOSS, unitOf } from "@eoss/run";
import type { SeriesPoint, Unit } from "@eoss/sharpness";
import { marksOf } from "./changeMarks.js";
import { type FigureSize, stepsOf } from "./figure.js";
import { forkStyle, type Palette, rootStyle, SHARPNESSES } from "./palette.js";
import { type Panel, quantityPanel } from "./quantityPanel.js";
import { type ThresholdSegment, thresholdLevels } from "./threshold.js";
import { THRESHOLD } from "./thresholdLine.js";

/** Quantities that have figures of their own. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...SHARPNESSES.map(({ quantity }) => quantity),
  "loss",
]);

/** Whatever else was measured in some runs, by name. */
export function otherQuantities(runs: readonly OpenedRun[]): string[] {
  const names = new Set(runs.flatMap(({ quantities }) => quantities));
  return [...names].filter((name) => !ELSEWHERE.has(name)).sort();
}

/** The sharpnesses of a run with their names in sentences and tables, those of the main figure first. */
export function sharpnessesOf(run: OpenedRun): readonly { quantity: string; name: string }[] {
  const others = otherQuantities([run]).filter((name) => run.isSharpness(name));
  return [...SHARPNESSES, ...others.map((quantity) => ({ quantity, name: quantity }))];
}

/** A panel, and what it is of. */
export interface NumbersPanel extends Panel {
  readonly quantity: string;
  /** The further number of its records that it shows; without, their value. */
  readonly part?: string;
}

/**
 * One panel for each further quantity of a run, with the threshold where it compares with one, and one
 * for each further number that records of any quantity carry.
 */
export function otherPanels(run: OpenedRun, palette: Palette, size: FigureSize): NumbersPanel[] {
  const panel = (
    title: string,
    axis: string,
    series: readonly (readonly SeriesPoint[])[],
    levels: ThresholdSegment[],
  ) =>
    quantityPanel({
      title,
      axis,
      label: `${title} against training steps`,
      curves: series.map((points, i) => ({
        style:
          i === 0 ? rootStyle(series.length > 1 ? place(0) : title) : forkStyle(place(i), i - 1),
        series: points,
        levels: i === 0 ? levels : [],
        look: THRESHOLD,
      })),
      key: series.length > 1,
      marks: marksOf(run),
      domain: stepsOf([run]),
      palette,
      size,
    });
  const measured = otherQuantities([run]).flatMap((name) => {
    const series = run.seriesOf(name);
    const levels = thresholdLevels(run, name).filter(({ value }) => !Number.isNaN(value));
    if (!hasValues(series)) return [];
    return [{ ...panel(name, axisOf(name, run), [series], levels), quantity: name }];
  });
  const names = [...run.quantities, STEP_LOSS].sort();
  const parts = names.flatMap((name) =>
    [...run.partsOf(name)].flatMap(([part, series]) =>
      series.some(hasValues)
        ? [{ ...panel(`${name}: ${part}`, part, series, []), quantity: name, part }]
        : [],
    ),
  );
  return [...measured, ...parts];
}

/** The name of a place in a list: 1st, 2nd … */
function place(index: number): string {
  return `${index + 1}${["st", "nd", "rd"][index] ?? "th"}`;
}

function hasValues(series: readonly SeriesPoint[]): boolean {
  return series.some(({ value }) => Number.isFinite(value));
}

const AXES: Readonly<Record<Unit, string>> = {
  sharpness: "sharpness (loss / parameter²)",
  curvature: "loss / parameter²",
  "curvature-slope": "loss / parameter³",
  loss: "loss",
  gradient: "loss / parameter",
  "gradient²": "(loss / parameter)²",
  parameters: "length in parameters",
  fraction: "fraction",
  none: "dimensionless number",
};

/** What the vertical axis of a quantity measures. */
export function axisOf(quantity: string, ...runs: readonly OpenedRun[]): string {
  const unit = unitOf(quantity, ...runs);
  return unit === undefined ? quantity : AXES[unit];
}
