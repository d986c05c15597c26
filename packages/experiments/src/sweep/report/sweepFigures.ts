/** The figures of a sweep's report under names, with their numbers, for print. */

import { LIGHT } from "@eoss/report";
import { fillWidth, type NamedFigure, panelsSvg } from "@eoss/report/internal";
import type { FigureSource } from "../../figures/figureFiles.js";
import {
  AXES,
  LAWS,
  lawsFigure,
  multiples,
  type SweepAxis,
  settledSharpnesses,
  unitOf,
} from "./figures.js";
import {
  type Followed,
  groupsOf,
  pointsOf,
  type SweepCurve,
  type SweepNumbers,
} from "./numbers.js";

/** Names of files for the quantities that get power laws, and for the settings. */
const FILES = { minibs: "minibs", "minibs - fullbs": "gap", batch: "batch-size", lr: "step-size" };

/**
 * The figures of a sweep: for the batch size and the step size, as far as they are varied, the sharpnesses
 * in units of the threshold, MiniBS and the gap with their power laws.
 */
export function sweepFigures(sweep: SweepNumbers): FigureSource {
  return (width) =>
    AXES.filter(({ setting }) => sweep.curves[setting] !== undefined).flatMap((axis) => [
      ...sharpnessFigures(sweep, axis, width),
      ...lawsFigures(sweep.curves[axis.setting]!, axis, width),
    ]);
}

/** All panels in one figure, as none says anything without the others. */
function sharpnessFigures(
  { runs, varied }: SweepNumbers,
  axis: SweepAxis,
  width: number,
): NamedFigure[] {
  const unit = unitOf(runs);
  const groups = groupsOf(runs, axis.setting, varied);
  const measured = settledSharpnesses(runs);
  const place = fillWidth(width, groups.size);
  const panels = multiples(groups, measured, axis, unit, { palette: LIGHT, width: place.panel });
  if (panels.length === 0) return [];
  const svg = panelsSvg(panels, {
    title: `Sharpness in units of ${unit} against the ${axis.name}`,
    styles: measured,
    threshold: `threshold ${unit}`,
    palette: LIGHT,
    ...place,
  });
  const rows = [...groups].flatMap(([group, members]) =>
    measured.flatMap(({ quantity }) =>
      pointsOf(members, quantity as Followed, axis.setting, "relative").map(
        ({ x, runs, ...reading }) => ({
          ...{ group, quantity, [axis.setting]: x, unit },
          ...{ run: runs.join(" "), ...reading },
        }),
      ),
    ),
  );
  return [{ name: `sharpness-against-${FILES[axis.setting]}`, svg, rows }];
}

function lawsFigures(curves: readonly SweepCurve[], axis: SweepAxis, width: number): NamedFigure[] {
  return LAWS.flatMap((quantity) => {
    const own = curves.filter((curve) => curve.quantity === quantity);
    const svg = lawsFigure(own, axis, { palette: LIGHT, width });
    if (svg === null) return [];
    return [
      {
        name: `${FILES[quantity]}-against-${FILES[axis.setting]}`,
        svg,
        rows: own.flatMap(rowsOf(axis)),
      },
    ];
  });
}

/** The plateaus of a curve, each with the law of all: value = amplitude · x^power. */
function rowsOf({ setting }: SweepAxis) {
  return ({ quantity, group, points, fit, error }: SweepCurve): object[] =>
    points.map(({ x, runs, ...reading }) => ({
      ...{ group, quantity, [setting]: x, run: runs.join(" "), ...reading },
      law_amplitude: fit?.amplitude,
      law_power: fit && -fit.exponent,
      law_power_error: error,
    }));
}
