import { fillWidth, type Look, panelsSvg, SECOND, THRESHOLD } from "@eoss/report/internal";
import { fitPowerLaw, type PowerLawFit } from "@eoss/sharpness";
import { labelled, powerLawPanel } from "./powerLawPanel.js";
import type { BatchSizeRow } from "./rows.js";
import type { BatchSizePlot } from "./schema.js";
import { seedsNote } from "./seedsNote.js";
import { runStyles } from "./styles.js";

const PANEL = { width: 520, height: 360 };

/** Quantities against the batch size on logarithmic axes, with fitted power laws. */
export function batchSizeFigure(
  plot: BatchSizePlot,
  rows: readonly BatchSizeRow[],
  { title, unit, palette, width, withData, seeds = 1 }: Look & { readonly seeds?: number },
): string {
  const nameOf = ({ series, quantity }: BatchSizeRow) =>
    plot.of.length === 1 && series !== "runs"
      ? series
      : series === "runs"
        ? quantity
        : `${quantity}, ${series}`;
  const usable = rows.filter(({ value }) => value > 0 && Number.isFinite(value));
  const names = [...new Set(usable.map(nameOf))];
  const styles = runStyles(names);
  const curves = names.map((name) => {
    const own = usable.filter((row) => nameOf(row) === name);
    const fit = plot.fit === undefined ? undefined : fitOf(own, plot.fit);
    const points = own.map(({ batchSize, value, margin }) => ({ x: batchSize, value, margin }));
    return { style: labelled(styles.get(name)!, fit, "b"), points, fit };
  });
  const looks = [THRESHOLD, SECOND] as const;
  const lines = (plot.lines ?? []).map(({ at, label }, i) => ({
    ...{ value: at, label, look: looks[i]! },
  }));
  const figure = powerLawPanel(curves, {
    label: `${plot.of.join(", ")} against the batch size`,
    x: { base: 2, label: "batch size →", tickFormat: (size: number) => String(size), ticks: 8 },
    y: `${plot.of.join(", ")}${plot.unit === "threshold" ? ` in units of ${unit}` : ""}`,
    lines,
    size: width === undefined ? PANEL : { ...PANEL, width: fillWidth(width, 1).panel },
    palette,
  });
  const lost = rows.length - usable.length;
  const notes = [
    ...seedsNote(seeds, false),
    ...(lost > 0
      ? [`Not drawn on logarithmic axes: ${lost} values that are not positive or not finite.`]
      : []),
  ];
  return panelsSvg([figure], {
    title,
    notes,
    styles: curves.map(({ style }) => style),
    lines,
    palette,
    withData,
    columns: 1,
    ...(width !== undefined && { minWidth: fillWidth(width, 1).minWidth }),
  });
}

function fitOf(points: readonly BatchSizeRow[], share: number): PowerLawFit | undefined {
  const used = points.filter(
    ({ batchSize, samples, standardError }) => batchSize <= share * samples && standardError > 0,
  );
  try {
    return fitPowerLaw(used);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
