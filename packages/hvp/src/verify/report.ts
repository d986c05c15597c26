/** What `verify` reports. */

import type { Doubt } from "./differences.js";

/** Whether two ways to the same number agree, as far as the numbers themselves can tell. */
export type Verdict = "agrees" | "disagrees" | "undecided";

export interface Comparison {
  /** Distance relative to the size of what is compared. */
  readonly error: number;
  /** How far the reference can be trusted, in the same units. */
  readonly uncertainty: number;
  /** A fault of this size, in the same units, or a larger one disagrees. */
  readonly sensitivity: number;
  readonly verdict: Verdict;
  /** Where undecided: what hides the number. */
  readonly doubt?: Doubt | "only at this point";
}

/** Derivatives with respect to one parameter tensor. */
export interface TensorReport {
  readonly name: string;
  readonly shape: readonly number[];
  /** Gradient against differences of the loss. */
  readonly gradient: Comparison;
  /** Part of H·v against differences of the gradient; the worst direction. */
  readonly hessian: Comparison;
  /** Part of G·v against its definition, where outputs were given. */
  readonly gaussNewton?: Comparison;
}

/** One op of the loss, checked alone at the inputs that it has there. */
export interface OpReport {
  /** The tfjs kernel, e.g. `Tanh`. */
  readonly op: string;
  readonly gradient: Comparison;
  readonly hessian: Comparison;
}

export interface VerifyReport {
  /** "disagrees" if anything does; "agrees" if everything does. */
  readonly verdict: Verdict;
  readonly tensors: readonly TensorReport[];
  /** uᵀHv against vᵀHu. */
  readonly symmetry: Comparison;
  /** Filled when something disagrees, or on demand. */
  readonly ops: readonly OpReport[];
  /** Names of the ops that are wrong, as far as they could be told apart. */
  readonly culprits: readonly string[];
}

/** Allowed relative error beyond the uncertainty of the reference. */
const TOLERANCE = 1e-3;
/** Farther off than so many uncertainties is wrong beyond doubt; nearer than so many is right. */
const BEYOND = 10;
const WITHIN = 3;
/** A comparison that sees no smaller fault than this decides nothing: wrong rules are farther off. */
const USEFUL = 0.1;

/**
 * Compares a value with a reference of known uncertainty.
 *
 * @param scale what the distance is relative to, e.g. the norm of the reference
 */
export function compare(
  distance: number,
  reference: { readonly error: number; readonly doubt?: Doubt },
  scale: number,
  tolerance = TOLERANCE,
): Comparison {
  // Two zeros agree.
  const size = scale > 0 ? scale : 1;
  const error = distance / size;
  const uncertainty = reference.error / size;
  const sensitivity = tolerance + BEYOND * uncertainty;
  const compared = { error, uncertainty, sensitivity };
  const { doubt = "rounding" } = reference;
  if (!Number.isFinite(uncertainty)) {
    return { ...compared, verdict: "undecided", doubt: "not finite" };
  }
  // NaN disagrees.
  if (!(error <= sensitivity)) return { ...compared, verdict: "disagrees" };
  if (sensitivity <= USEFUL && error <= tolerance + WITHIN * uncertainty)
    return { ...compared, verdict: "agrees" };
  return { ...compared, verdict: "undecided", doubt };
}

const severity: readonly Verdict[] = ["agrees", "undecided", "disagrees"];

export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return severity[Math.max(0, ...verdicts.map((verdict) => severity.indexOf(verdict)))]!;
}

/** The comparison that says most against agreement. */
export function worst(comparisons: readonly Comparison[]): Comparison {
  return comparisons.reduce((a, b) => {
    const difference = severity.indexOf(b.verdict) - severity.indexOf(a.verdict);
    return difference > 0 || (difference === 0 && !(b.error <= a.error)) ? b : a;
  });
}

/** A disagreement that is not found beside the point too: a kink within rounding, or the like. */
export function confirmed(here: Comparison, beside: Comparison): Comparison {
  const doubtful =
    here.verdict === "disagrees" && beside.verdict !== "disagrees" && Number.isFinite(here.error);
  return doubtful ? { ...here, verdict: "undecided", doubt: "only at this point" } : here;
}

/** The report as a table for a terminal: one line for each parameter tensor. */
export function formatReport({ verdict, tensors, symmetry, ops, culprits }: VerifyReport): string {
  const rows = tensors.map(({ name, shape, gradient, hessian, gaussNewton }) => [
    name,
    `[${shape}]`,
    cell(gradient),
    cell(hessian),
    ...(gaussNewton ? [cell(gaussNewton)] : []),
  ]);
  const header = ["parameter", "shape", "gradient", "Hessian"];
  if (tensors.some(({ gaussNewton }) => gaussNewton)) header.push("Gauss-Newton");
  const lines = [table([header, ...rows]), "", `symmetry  ${cell(symmetry)}`];
  if (ops.length > 0) {
    const checked = ops.map(({ op, gradient, hessian }) => [op, cell(gradient), cell(hessian)]);
    lines.push("", table([["op alone", "gradient", "Hessian"], ...checked]));
  }
  lines.push("", `verdict: ${verdict}`);
  if (culprits.length > 0) lines.push(`wrong: ${culprits.join(", ")}`);
  const compared = [
    symmetry,
    ...tensors.flatMap(({ gradient, hessian, gaussNewton }) => [
      gradient,
      hessian,
      ...(gaussNewton ? [gaussNewton] : []),
    ]),
  ];
  if (verdict === "agrees") {
    const least = Math.max(...compared.map(({ sensitivity }) => sensitivity));
    lines.push(`A fault of ${least.toExponential(1)} of a number or more would have been seen.`);
  }
  const doubts = new Set(compared.map(({ doubt }) => doubt));
  for (const [doubt, advice] of Object.entries(ADVICE)) {
    if (doubts.has(doubt as keyof typeof ADVICE)) lines.push(`? ${doubt}: ${advice}.`);
  }
  return lines.join("\n");
}

/** What hides a number, and what to do about it. */
const ADVICE: Readonly<Record<NonNullable<Comparison["doubt"]>, string>> = {
  rounding: "single precision hides the number; verify fewer samples, or larger weights",
  "higher derivatives": "the loss bends too much for differences; verify at smaller weights",
  "a kink": "differences step over a kink of an op that verify does not know; move the parameters",
  "not finite": "the loss is not finite here or nearby; move the parameters",
  "only at this point": "it agrees beside it: a tie or kink within rounding, where both are right",
};

function cell({ error, uncertainty, verdict }: Comparison): string {
  const mark = { agrees: "", disagrees: " WRONG", undecided: " ?" }[verdict];
  return `${error.toExponential(1)} ±${uncertainty.toExponential(1)}${mark}`;
}

function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows
    .map((row) =>
      row
        .map((text, c) => text.padEnd(widths[c]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
