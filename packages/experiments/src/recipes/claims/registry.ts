import { z } from "zod";
import { bound } from "./bound.js";
import {
  type ClaimKind,
  type ClaimVerdict,
  type Evidence,
  type Measured,
  verdictOf,
} from "./claim.js";
import { closedForm } from "./closedForm.js";
import { difference } from "./difference.js";
import { exponent } from "./exponent.js";
import { judged } from "./judged.js";
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
  difference,
  jump,
  peak,
  exponent,
  bound,
  "closed-form": closedForm,
};

/** Kinds that had another name: recipes and records may still use it. */
const OLD_NAMES: Readonly<Record<string, string>> = { apart: "difference" };

/** The name of a kind as it is now. */
export function currentKind(kind: unknown): unknown {
  return typeof kind === "string" && Object.hasOwn(OLD_NAMES, kind) ? OLD_NAMES[kind] : kind;
}

const claimUnion = z.discriminatedUnion("kind", [
  level.schema,
  ratio.schema,
  ordered.schema,
  difference.schema,
  jump.schema,
  peak.schema,
  exponent.schema,
  bound.schema,
  closedForm.schema,
]);

/** A claim of a recipe; an old name of its kind is read as the current one. */
export const claimSchema = z.preprocess(
  (claim) => (isObject(claim) ? { ...claim, kind: currentKind(claim.kind) } : claim),
  claimUnion,
);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export type Claim = z.output<typeof claimSchema>;

/** A claim, what was measured, and what that says. */
export interface CheckedClaim {
  readonly figure: string;
  readonly claim: string;
  readonly kind: Claim["kind"];
  readonly verdict: ClaimVerdict;
  readonly measured: readonly Measured[];
}

/** @param evidence one for each set of seeds; there is one at least */
export function checkClaim(
  figure: string,
  claim: Claim,
  evidence: readonly Evidence[],
): CheckedClaim {
  const kind: ClaimKind<z.ZodObject> = claimKinds[claim.kind] as never;
  const [first = [], ...others] = evidence.map((one) => kind.read(claim, one));
  const measured = first.map((part, i) => judged([part, ...others.map((parts) => parts[i]!)]));
  return { figure, claim: claim.claim, kind: claim.kind, verdict: verdictOf(measured), measured };
}
