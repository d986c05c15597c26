/** What a run showed, in words for the terminal. */

import type { ComparedWith } from "@eoss/lab/internal";
import { meanText, type RunSummary, trendText } from "@eoss/report";
import { collapseText, duration, factorText, thresholdText } from "@eoss/run";
import pc from "picocolors";
import { table } from "./table.js";

/** How a run ended, its means over the last quarter, and what they say of their thresholds. */
export function summaryText(summary: RunSummary): string {
  const { end, collapsed, seconds, quantities, report, directory } = summary;
  const rows = Object.entries(quantities).map(([name, { plateau, relative, comparison }]) => [
    name,
    meanText(plateau),
    relative ? `${meanText(relative)} × ${factorText(comparison.formula!)}` : without(comparison),
    trendText(relative ?? plateau, relative && factorText(comparison.formula!)),
  ]);
  const verdicts = Object.values(quantities)
    .filter(({ relative }) => relative)
    .map(({ verdict }) => verdict.sentence);
  const notes = notesOf(quantities);
  const goesOn = end?.reason === "interrupted" || end?.reason === "time-limit";
  return [
    `${end?.reason}: ${end?.message} (${duration(seconds)})`,
    ...(collapsed === null ? [] : [collapseText(collapsed)]),
    ...(goesOn ? [`resume it with: eoss resume ${directory}`] : []),
    "",
    "Means over the last quarter of the steps since the last change; level values have a 95 % interval",
    table(["quantity", "value", "over its threshold", "trend"], rows),
    "",
    ...verdicts,
    ...notes,
    ...(verdicts.length + notes.length > 0 ? [""] : []),
    `report: ${pc.bold(report)}`,
  ].join("\n");
}

/** Of a curvature without a threshold; nothing of what is no curvature or in units of it already. */
function without({ matrix, formula }: ComparedWith): string {
  return matrix === "none" || formula !== undefined ? "" : "no threshold";
}

/** Why a curvature has no threshold, and which second level others have. */
function notesOf(quantities: RunSummary["quantities"]): string[] {
  const names = new Map<string, string[]>();
  for (const [name, { comparison }] of Object.entries(quantities)) {
    const { matrix, formula, second } = comparison;
    if (matrix === "none" || (formula !== undefined && second === undefined)) continue;
    const text = thresholdText(comparison) + (second ? `: the second is ${second.words}` : "");
    names.set(text, [...(names.get(text) ?? []), name]);
  }
  return [...names].map(([text, some]) => `${some.join(", ")}: ${text}`);
}
