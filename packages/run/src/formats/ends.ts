/**
 * Why a run ended, and whether it has come to its end with that: one that has does not go on by itself.
 * A goal is an end that the run was told to come to. Diverging is an end. A run folder is valid whatever
 * stands here, also while `end` is still null.
 */
const ENDS = {
  completed: "final",
  "stop-loss": "goal",
  "stop-accuracy": "goal",
  "stop-plateau": "goal",
  diverged: "final",
  "time-limit": "open",
  interrupted: "open",
  failed: "open",
} as const;

/** Why a run ended. */
export type EndReason = keyof typeof ENDS;

export const END_REASONS = Object.keys(ENDS) as [EndReason, ...EndReason[]];

/** Whether a run has come to its end. */
export function isOver(
  manifest: { readonly end: { readonly reason: EndReason } | null } | undefined,
): boolean {
  return manifest?.end != null && ENDS[manifest.end.reason] !== "open";
}

/** Whether a run has met its goal: a loss, an accuracy, or the plateau of a quantity. */
export function metGoal({ end }: { readonly end: { readonly reason: EndReason } | null }): boolean {
  return end !== null && ENDS[end.reason] === "goal";
}
