import { z } from "zod";
import type { ClaimKind, Evidence, Measured, Verdict } from "./claim.js";
import { verdictOf } from "./claim.js";
import { closedForm } from "./closedForm.js";
import { apart } from "./difference.js";
import { exponent } from "./exponent.js";
import { jump } from "./jump.js";
import { level } from "./level.js";
import { ordered } from "./ordered.js";
import { peak } from "./peak.js";
import { ratio } from "./ratio.js";

/** The kinds of claims there are: a new one is one file and one line here. */
export const claimKinds = {
  level,
  ratio,
  ordered,
  apart,
  jump,
  peak,
  exponent,
  "closed-form": closedForm,
};

export const claimSchema = z.discriminatedUnion("kind", [
  level.schema,
  ratio.schema,
  ordered.schema,
  apart.schema,
  jump.schema,
  peak.schema,
  exponent.schema,
  closedForm.schema,
]);

export type Claim = z.output<typeof claimSchema>;

/** A claim, what was measured, and what that says. */
export interface CheckedClaim {
  readonly figure: string;
  readonly claim: string;
  readonly kind: Claim["kind"];
  readonly verdict: Verdict;
  readonly measured: readonly Measured[];
}

export function checkClaim(figure: string, claim: Claim, evidence: Evidence): CheckedClaim {
  const kind: ClaimKind<z.ZodObject> = claimKinds[claim.kind] as never;
  const measured = kind.check(claim, evidence);
  return { figure, claim: claim.claim, kind: claim.kind, verdict: verdictOf(measured), measured };
}
