// A run and its forks: a panel for each quantity.
import { integer } from "@eoss/run/internal";
import type { StepMark } from "./changeMarks.js";
import type { Member } from "./family.js";
import { type FigureSize, stepsOf } from "./figure.js";
import { axisOf, otherQuantities } from "./otherQuantities.js";
import { type Palette, SHARPNESSES } from "./palette.js";
import { type Curve, type Panel, quantityPanel } from "./quantityPanel.js";
import { type ThresholdSegment, thresholdLevels } from "./threshold.js";

export interface FamilyPanel extends Panel {
  readonly quantity: string;
}

/**
 * A run and its forks on the same axes, one panel a quantity: each fork from its step on in its own
 * colour, with its threshold where that is another than the first run's.
 */
export function familyPanels(
  members: readonly Member[],
  palette: Palette,
  size: FigureSize,
): FamilyPanel[] {
  const runs = members.map(({ run }) => run);
  const titles = [
    ...SHARPNESSES.map(({ quantity, label }) => [quantity, label] as const),
    ["loss", "training loss"] as const,
    ...otherQuantities(runs).map((name) => [name, name] as const),
  ];
  return titles
    .filter(([quantity]) =>
      runs.some((run) => run.recordsOf(quantity).some(({ value }) => value !== null)),
    )
    .map(([quantity, title]) => ({
      quantity,
      ...quantityPanel({
        title,
        axis: quantity === "loss" ? "loss of all training samples" : axisOf(quantity, ...runs),
        label: `${title} against training steps: ${members.map(({ style }) => style.label).join("; ")}`,
        curves: members.map((member) => curveOf(member, quantity, members)),
        marks: forkMarks(members),
        domain: stepsOf(runs),
        palette,
        size,
      }),
    }));
}

function curveOf({ run, style }: Member, quantity: string, members: readonly Member[]): Curve {
  const own = thresholdLevels(run, quantity).filter(({ value }) => !Number.isNaN(value));
  const first = members[0]!.run;
  return {
    style,
    series: run.seriesOf(quantity),
    levels: run === first ? own : without(own, thresholdLevels(first, quantity)),
    look: { color: style.color, width: 1, dash: "4 2" },
  };
}

/** The levels without those that another line already shows. */
function without(
  levels: readonly ThresholdSegment[],
  shown: readonly ThresholdSegment[],
): ThresholdSegment[] {
  return levels.filter(
    ({ from, to, value }) =>
      !shown.some((level) => level.value === value && level.from <= from && to <= level.to),
  );
}

/** The steps at which forks leave. */
function forkMarks(members: readonly Member[]): StepMark[] {
  const steps = new Set(
    members.flatMap(({ run }) => (run.manifest.parent ? [run.manifest.parent.step] : [])),
  );
  return [...steps].sort((a, b) => a - b).map((step) => ({ step, text: `step ${integer(step)}` }));
}
