/**
 * Why a run ended, and whether it has come to its end with that: one that has does not go on by itself.
 * Diverging is an end. A run folder is valid whatever stands here, also while `end` is still null.
 */
const ENDS = {
  completed: "final",
  "stop-loss": "final",
  "stop-accuracy": "final",
  "stop-plateau": "final",
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
  return manifest?.end != null && ENDS[manifest.end.reason] === "final";
}
