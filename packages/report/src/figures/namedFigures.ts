/** Every figure of some runs under a name, each as an SVG that stands alone, with its numbers. */

import { comparisonColumns, type OpenedRun, openRun, type Run, STEP_LOSS } from "@eoss/run";
import { spectrumOf } from "@eoss/run/internal";
import { errorOf } from "@eoss/sharpness";
import { runLabels, runTitle } from "../text/labels.js";
import { comparisonFigureSvg } from "./comparisonFigure.js";
import { familiesOf, membersOf } from "./family.js";
import { familyPanels } from "./familyFigure.js";
import type { Figure, FigureSize } from "./figure.js";
import { lossFigure } from "./lossFigure.js";
import { otherPanels } from "./otherQuantities.js";
import { LIGHT, type LineStyle, SHARPNESSES } from "./palette.js";
import { panelsSvg } from "./panels.js";
import { sharpnessFigure } from "./sharpnessFigure.js";
import { spectrumPanels } from "./spectrumFigure.js";
import { thresholdLabel, thresholdLevels } from "./threshold.js";

export interface NamedFigure {
  /** A name for its files: letters, digits and "-". */
  readonly name: string;
  readonly svg: string;
  /** The numbers that it shows, all of them, as rows of a table. */
  readonly rows: readonly object[];
}

/** Room around a figure that stands alone. */
const PADDING = 24;
/** Single batches that a figure draws at most. */
const DOTS = 4000;

/**
 * The figures of the report of some runs: how they compare, a run and its forks on the same axes, and for each
 * its sharpness, its loss, its densities and all other quantities. In light colours, for print.
 *
 * @param width pixels of a figure; its letters are 12 pixels high
 */
export function namedFigures(runs: readonly Run[], width: number): NamedFigure[] {
  const opened = runs.map(openRun);
  const labels = runLabels(opened);
  const prefixes = unique(labels.map(fileName));
  const size = { width: width - PADDING, height: Math.round(0.64 * width) };
  const each = opened.flatMap((run, i) =>
    figuresOf(run, size).map((figure) => ({
      ...figure,
      name: opened.length > 1 ? `${prefixes[i]}-${figure.name}` : figure.name,
    })),
  );
  const families = familiesOf(opened);
  const forks = families.flatMap((family) => (family.length > 1 ? forksOf(family, size) : []));
  const names = unique(forks.map(({ name }) => name));
  const related = forks.map((figure, i) => ({ ...figure, name: names[i]! }));
  const compared = families.map(([first]) => first!);
  return [...(compared.length > 1 ? [comparisonOf(compared, width)] : []), ...related, ...each];
}

function comparisonOf(runs: readonly OpenedRun[], width: number): NamedFigure {
  const rows = runs.flatMap((run) =>
    SHARPNESSES.flatMap(({ quantity }) =>
      rowsOf(run, quantity).map((row) => ({ run: run.directory, ...row })),
    ),
  );
  return { name: "comparison", svg: comparisonFigureSvg(runs, { width }), rows };
}

/** A run and its forks on the same axes, a figure for each quantity. */
function forksOf(family: readonly OpenedRun[], size: FigureSize): NamedFigure[] {
  const members = membersOf(family);
  const styles = members.map(({ style }) => style);
  return familyPanels(members, LIGHT, size).map((panel) => ({
    name: fileName(`forks-${panel.quantity}`),
    svg: panelsSvg([panel], {
      ...{ title: panel.label, styles, palette: LIGHT, columns: 1, minWidth: size.width },
    }),
    rows: members.flatMap(({ run, style: { label } }) =>
      rowsOf(run, panel.quantity).map((row) => ({ run: run.directory, label, ...row })),
    ),
  }));
}

function figuresOf(run: OpenedRun, size: { width: number; height: number }): NamedFigure[] {
  const alone = (figure: Figure, styles: readonly LineStyle[] = [], threshold?: string) =>
    panelsSvg([figure], {
      ...{ title: runTitle(run), styles, palette: LIGHT, columns: 1, minWidth: size.width },
      ...(threshold !== undefined && { threshold }),
    });
  const measured = SHARPNESSES.filter(({ quantity }) => run.recordsOf(quantity).length > 0);
  const sharpness = sharpnessFigure(run, LIGHT, size, DOTS).figure;
  const loss = lossFigure(run, LIGHT, size).figure;
  const compares = thresholdLevels(run).some(({ value }) => !Number.isNaN(value));
  const figures = [
    ...(sharpness === null
      ? []
      : [
          {
            name: "sharpness",
            svg: alone(sharpness, measured, compares ? thresholdLabel([run]) : undefined),
            rows: measured.flatMap(({ quantity }) => rowsOf(run, quantity)),
          },
        ]),
    ...(loss === null
      ? []
      : [
          {
            name: "loss",
            svg: alone(loss),
            rows: ["loss", STEP_LOSS].flatMap((quantity) => rowsOf(run, quantity)),
          },
        ]),
    ...spectrumPanels(run, LIGHT, size).map((panel) => ({
      name: `${panel.quantity}-over-${panel.over}`,
      svg: alone(panel),
      rows: spectrumRows(run, panel.quantity),
    })),
    ...otherPanels(run, LIGHT, size).map((panel) => ({
      name: [panel.quantity, panel.part ?? []].flat().join("-"),
      svg: alone(panel),
      rows:
        panel.part === undefined
          ? rowsOf(run, panel.quantity)
          : partRows(run, panel.quantity, panel.part),
    })),
  ];
  const names = unique(figures.map(({ name }) => fileName(name)));
  return figures.map((figure, i) => ({ ...figure, name: names[i]! }));
}

/** The measurements of a quantity with their errors and thresholds. */
function rowsOf(run: OpenedRun, quantity: string): object[] {
  return run.recordsOf(quantity).map((record) => {
    const { step, value, status } = record;
    const compared = comparisonColumns(run.comparison(record, step));
    return { quantity, step, value, error: errorOf(record), ...compared, status };
  });
}

/** A further number of a quantity; of a list, each place. */
function partRows(run: OpenedRun, quantity: string, part: string): object[] {
  const series = run.partsOf(quantity).get(part) ?? [];
  return series.flatMap((points, i) =>
    points.map((point) => ({
      ...{ quantity, part, place: series.length > 1 ? i + 1 : null, step: point.step },
      ...{ value: finite(point.value), error: errorOf(point) },
    })),
  );
}

/** The points of each density. */
function spectrumRows(run: OpenedRun, quantity: string): object[] {
  return run.recordsOf(quantity).flatMap((record) => {
    const spectrum = spectrumOf(record);
    return (spectrum?.density ?? []).map((number, i) => ({
      ...{ quantity, step: record.step, at_lambda: spectrum!.lambda[i] },
      ...{ density: finite(number.value), error: errorOf(number) },
    }));
  });
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A text as the name of a file on every system. */
function fileName(text: string): string {
  const name = text
    .normalize("NFKD")
    .replaceAll("η", "lr")
    .replace(/[^A-Za-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return name.slice(0, 60) || "figure";
}

/** The same names, with numbers where two are alike, also but for capitals. */
function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const times = (seen.get(name.toLowerCase()) ?? 0) + 1;
    seen.set(name.toLowerCase(), times);
    return times === 1 ? name : `${name}-${times}`;
  });
}
