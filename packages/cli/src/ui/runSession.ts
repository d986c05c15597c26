import type { TrainOptions } from "@eoss/lab";
import type { RunSummary } from "@eoss/report";
import type { RunProgress } from "@eoss/run";
import { exitCodeOf } from "../exit.js";
import { interruptSignal } from "./interrupt.js";
import { LiveLine } from "./liveLine.js";
import type { LogFlags } from "./logOption.js";
import { print } from "./print.js";
import { estimateText, progressText } from "./progress.js";

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
  // Loaded when the run has begun: not for one that is refused, nor at the end of a long one, when another
  // version may be installed.
  let words: Promise<typeof import("./summaryText.js")> | undefined;
  const load = () => {
    words ??= import("./summaryText.js");
    return words;
  };
  const summary = await withProgress(async (hooks) => {
    const onProgress = (progress: RunProgress) => {
      void load();
      hooks.onProgress(progress);
    };
    const files = log && (await newLog(directory, hooks.onWarning));
    try {
      return await work({ ...hooks, onProgress, onRecords: files?.add });
    } finally {
      files?.close();
    }
  });
  print(json ? JSON.stringify(summary) : (await load()).summaryText(summary));
  process.exitCode = exitCodeOf(summary.end?.reason);
}

async function newLog(directory: string, warn: SessionHooks["onWarning"]) {
  const { TensorBoardLog } = await import("@eoss/exchange");
  return new TensorBoardLog(directory, warn);
}
