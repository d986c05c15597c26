import type { StaticAt } from "@eoss/lab";
import type { OpenedRun } from "@eoss/run";
import { z } from "zod";
import type { ClaimReading } from "./reading.js";

/**
 * - `not reached`: the claim is about where a run settles, and the run had not arrived there.
 * - `undecided`: the error spans the boundary, or too little was measured.
 */
export const claimVerdicts = ["holds", "does not hold", "not reached", "undecided"] as const;
export type ClaimVerdict = (typeof claimVerdicts)[number];

/** One number that a claim rests on. */
export interface Measured {
  /** What was measured, e.g. "MiniBS of b16". */
  readonly of: string;
  /** Null if it could not be measured; `note` says why. */
  readonly value: number | null;
  /** Half width of its interval: 95 %, or what the claim asks for; numerical errors included. */
  readonly error: number | null;
  /** Of runs with several seeds: what each of them gave. The value is their mean. */
  readonly seeds?: ReadonlyArray<number | null>;
  /** What it would have to be, e.g. "in [1, 1.5]". */
  readonly expected: string;
  readonly verdict: ClaimVerdict;
  readonly note?: string;
}

/** What was made and measured with one set of seeds. A run that could not be made is not there. */
export interface Evidence {
  readonly runs: ReadonlyMap<string, OpenedRun>;
  /** The parent of each fork, by names. */
  readonly parents: ReadonlyMap<string, string>;
  readonly statics: ReadonlyMap<string, StaticAt>;
}

/** A kind of statement about measured numbers: one file, and one line of the registry. */
export interface ClaimKind<S extends z.ZodObject> {
  readonly schema: S;
  /** Reads what the claim is about; as many parts, in the same order, whatever the seeds. */
  read(claim: z.output<S>, evidence: Evidence): ClaimPart[];
}

/** One number that a claim rests on, as one set of seeds has it, and where it would have to be. */
export interface ClaimPart {
  readonly of: string;
  readonly reading: ClaimReading;
  /** The range of the value; or the distance from 0 that is certainly none, if any other will do. */
  readonly expected: Range | { readonly apart: number };
  /** The interval has so many standard errors, and not less than 95 %; default 95 %. */
  readonly errors?: number;
  /** What else there is to say, e.g. of a fit. */
  readonly note?: string;
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

/** Of several parts, the worst counts: one that does not hold refutes, any other leaves open. */
export function verdictOf(parts: readonly Measured[]): ClaimVerdict {
  const worst = (["does not hold", "not reached", "undecided"] as const).find((wanted) =>
    parts.some(({ verdict }) => verdict === wanted),
  );
  return worst ?? (parts.length === 0 ? "undecided" : "holds");
}
