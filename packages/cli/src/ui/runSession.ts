import { TensorBoardLog } from "@eoss/exchange";
import type { TrainOptions } from "@eoss/lab";
import type { ComparedWith } from "@eoss/lab/internal";
import { meanText, type RunSummary, trendText } from "@eoss/report";
import { collapseText, duration, factorText, type RunProgress, thresholdText } from "@eoss/run";
import pc from "picocolors";
import { exitCodeOf } from "../exit.js";
import { interruptSignal } from "./interrupt.js";
import { LiveLine } from "./liveLine.js";
import type { LogFlags } from "./logOption.js";
import { print } from "./print.js";
import { estimateText, progressText } from "./progress.js";
import { table } from "./table.js";

interface SessionHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RunProgress) => void;
  readonly onWarning: (message: string) => void;
  readonly onNotes: (notes: readonly string[]) => void;
}

/**
 * Shows something that goes on: its progress in a live line, its warnings above it. Ctrl-C ends it
 * cleanly.
 */
export async function withProgress<T>(work: (hooks: SessionHooks) => Promise<T>): Promise<T> {
  const line = new LiveLine();
  try {
    return await work({
      signal: interruptSignal(),
      onProgress: (progress) => {
        if (progress.estimate) line.note(estimateText(progress.estimate));
        line.show((columns) => progressText(progress, columns), progress.fresh);
      },
      onWarning: (message) => line.warn(message),
      onNotes: (notes) => {
        for (const note of notes) line.note(`data: ${note}`);
      },
    });
  } finally {
    line.clear();
  }
}

interface SessionFlags extends LogFlags {
  readonly json?: boolean;
}

/**
 * Makes a run in a folder, logs and prints what it shows, and sets the exit code by how it ended.
 */
export async function runSession(
  directory: string,
  { json, log }: SessionFlags,
  work: (hooks: SessionHooks & Pick<TrainOptions, "onRecords">) => Promise<RunSummary>,
): Promise<void> {
  const summary = await withProgress(async (hooks) => {
    const files = log && new TensorBoardLog(directory, hooks.onWarning);
    try {
      return await work({ ...hooks, onRecords: files?.add });
    } finally {
      files?.close();
    }
  });
  print(json ? JSON.stringify(summary) : describe(summary));
  process.exitCode = exitCodeOf(summary.end?.reason);
}

function describe(summary: RunSummary): string {
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
