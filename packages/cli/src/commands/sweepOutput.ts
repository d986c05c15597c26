import type { MadeSweep, MakeSweepOptions, SweepProgress } from "@eoss/experiments";
import { duration, short } from "@eoss/run";
import { EXIT } from "../exit.js";
import { LiveLine } from "../ui/liveLine.js";

/** Shows the progress of a sweep in a live line, and its warnings above it. */
export async function withSweepProgress<T>(
  work: (hooks: Pick<MakeSweepOptions, "onProgress" | "onWarning">) => Promise<T>,
): Promise<T> {
  const line = new LiveLine();
  try {
    return await work({
      onProgress: (progress, fresh) => line.show(() => sweepText(progress), fresh),
      onWarning: (message) => line.warn(message),
    });
  } finally {
    line.clear();
  }
}

/** `12 of 60 runs · 1 failed · 2,400 steps/s · 3 min 20 s left · b16-lr0.1 800/4000`. */
function sweepText({ runs, over, failed, going, rate, remaining }: SweepProgress): string {
  return [
    `${over} of ${runs} runs`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(rate === undefined ? [] : [`${short(rate)} steps/s`]),
    ...(remaining === undefined ? [] : [`${duration(Math.round(remaining))} left`]),
    ...going.map(({ name, step, steps }) => `${name} ${step}/${steps}`),
  ].join(" · ");
}

/** The exit code of a sweep: a run that diverged is over, and no failure. */
export function exitCodeOfSweep({ failures, interrupted }: MadeSweep): number {
  if (interrupted) return EXIT.interrupted;
  return Object.keys(failures).length > 0 ? EXIT.failed : EXIT.done;
}

/** What became of a sweep, for people. */
export function madeText({ directory, runs, over, failures, interrupted }: MadeSweep): string {
  const failed = Object.entries(failures);
  const open = runs - over.length - failed.length;
  return [
    ...failed.map(([name, { message }]) => `${name} failed: ${message}`),
    `${over.length} of ${runs} runs have ended${failed.length > 0 ? `, ${failed.length} failed` : ""}`,
    ...(failed.length > 0 ? ["the same command tries the failed runs again"] : []),
    ...(open > 0 ? [`${interrupted ? "interrupted" : "stopped"}; the same command continues`] : []),
    `results: eoss sweep collect ${directory}`,
  ].join("\n");
}
