import type { StaticAt } from "@eoss/lab";
import { type OpenedRun, short } from "@eoss/run";
import { z } from "zod";

/** `undecided` where the error spans the boundary, or the run had not settled yet. */
export type ClaimVerdict = "holds" | "does not hold" | "undecided";

/** One number that a claim rests on. */
export interface Measured {
  /** What was measured, e.g. "MiniBS of b16". */
  readonly of: string;
  /** Null if it could not be measured; `note` says why. */
  readonly value: number | null;
  /** Half width of its interval: 95 %, or what the claim asks for; numerical errors included. */
  readonly error: number | null;
  /** What it would have to be, e.g. "in [1, 1.5]". */
  readonly expected: string;
  readonly verdict: ClaimVerdict;
  readonly note?: string;
}

/** What was made and measured. A run that could not be made is not there. */
export interface Evidence {
  readonly runs: ReadonlyMap<string, OpenedRun>;
  /** The parent of each fork, by names. */
  readonly parents: ReadonlyMap<string, string>;
  readonly statics: ReadonlyMap<string, StaticAt>;
}

/** A kind of statement about measured numbers: one file, and one line of the registry. */
export interface ClaimKind<S extends z.ZodObject> {
  readonly schema: S;
  /** Measures what the claim is about; never a verdict without its numbers. */
  check(claim: z.output<S>, evidence: Evidence): Measured[];
}

/** Fields that every claim has. */
export function claimFields<K extends string>(kind: K) {
  return {
    kind: z.literal(kind),
    /** The claim in words. */
    claim: z.string().min(1),
  };
}

/** Where on a run a quantity is read off: its level over the last quarter, or one measurement. */
export const readAt = z.enum(["plateau", "end", "start"]).default("plateau");
/** What values are divided by: what they are compared with at each step, or nothing. */
export const unit = z.enum(["threshold", "none"]).default("threshold");
/** Names of runs; left out: all. */
export const runNames = z.array(z.string()).min(1).optional();
/** Lower and upper end; null leaves an end open. */
export const range = z
  .tuple([z.number().nullable(), z.number().nullable()])
  .refine(([low, high]) => low === null || high === null || low < high, "the range is empty");
export type Range = z.output<typeof range>;

/** Of several parts, the worst counts: one that does not hold refutes, one undecided leaves open. */
export function verdictOf(parts: readonly Measured[]): ClaimVerdict {
  const verdicts = parts.map(({ verdict }) => verdict);
  if (verdicts.includes("does not hold")) return "does not hold";
  return parts.length === 0 || verdicts.includes("undecided") ? "undecided" : "holds";
}

/** Whether the interval value ± error lies within a range, beside it, or across its end. */
export function within(value: number, error: number, [low, high]: Range): ClaimVerdict {
  if (!Number.isFinite(value) || !Number.isFinite(error)) return "undecided";
  const [least, most] = [low ?? Number.NEGATIVE_INFINITY, high ?? Number.POSITIVE_INFINITY];
  if (value - error >= least && value + error <= most) return "holds";
  return value + error < least || value - error > most ? "does not hold" : "undecided";
}

export function rangeText([low, high]: Range): string {
  if (low === null) return high === null ? "any" : `at most ${short(high)}`;
  return high === null ? `at least ${short(low)}` : `in [${short(low)}, ${short(high)}]`;
}
