import { duration, meanText, type Progress, type RunSummary, trendText } from "@eoss/lab";
import pc from "picocolors";
import { exitCodeOf } from "../exit.js";
import { interruptSignal } from "./interrupt.js";
import { LiveLine } from "./liveLine.js";
import { print } from "./print.js";
import { progressText } from "./progress.js";
import { table } from "./table.js";

interface SessionHooks {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onWarning: (message: string) => void;
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
      onProgress: (progress) =>
        line.show((columns) => progressText(progress, columns), progress.fresh),
      onWarning: (message) => line.warn(message),
    });
  } finally {
    line.clear();
  }
}

/** Makes a run, prints what it shows, and sets the exit code by how it ended. */
export async function runSession(
  json: boolean | undefined,
  work: (hooks: SessionHooks) => Promise<RunSummary>,
): Promise<void> {
  const summary = await withProgress(work);
  print(json ? JSON.stringify(summary) : describe(summary));
  process.exitCode = exitCodeOf(summary.end?.reason);
}

function describe(summary: RunSummary): string {
  const { end, seconds, quantities, report, directory, thresholdFormula: formula } = summary;
  const rows = Object.entries(quantities).map(([name, { plateau, relative }]) => [
    name,
    meanText(plateau),
    relative ? meanText(relative) : "",
    trendText(relative ?? plateau, relative && formula),
  ]);
  const verdicts = Object.values(quantities)
    .filter(({ relative }) => relative)
    .map(({ verdict }) => verdict.sentence);
  const goesOn = end?.reason === "interrupted" || end?.reason === "time-limit";
  return [
    `${end?.reason}: ${end?.message} (${duration(seconds)})`,
    ...(goesOn ? [`go on with: eoss resume ${directory}`] : []),
    "",
    "Means over the last quarter of the steps since the last change; what is level has a 95 % interval",
    table(["quantity", "value", `in units of ${formula}`, "trend"], rows),
    "",
    ...verdicts,
    ...(verdicts.length > 0 ? [""] : []),
    `report: ${pc.bold(report)}`,
  ].join("\n");
}
