/** The values and nodes of a record. */

import type { Tensor } from "@tensorflow/tfjs-core";
import type { GradientRule } from "../rules/rule.js";

/** A differentiation in which values vary: that of the record itself, or one inside the function. */
export class Scope {
  /** Whether the function that is differentiated still runs. */
  open = true;

  /** @param depth number of differentiations around it */
  constructor(readonly depth: number) {}
}

/** A tensor of the recorded computation: one that varies, or a saved constant. */
export class Value {
  /** Our own handle on the data, alive as long as the tape; present once a rule needs it. */
  saved: Tensor | undefined;

  /** @param scope the outermost differentiation in which it varies; undefined for constants */
  constructor(
    readonly shape: number[],
    readonly scope: Scope | undefined,
  ) {}

  /** Whether it varies at present: with the parameters, or in a differentiation inside. */
  get active(): boolean {
    return this.scope?.open ?? false;
  }
}

export interface TapeNode {
  readonly rule: GradientRule;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly output: Value;
  readonly attrs: Readonly<Record<string, unknown>>;
  /** The op in whose derivative it was recorded; undefined for what the function itself computes. */
  readonly origin?: string | undefined;
}

/** The op that a node belongs to, or its derivative. */
export const opOf = ({ origin, rule }: TapeNode): string => origin ?? rule.kernelName;

/** The outermost of the differentiations that are still open. */
export function outermost(scopes: Iterable<Scope | undefined>): Scope | undefined {
  let found: Scope | undefined;
  for (const scope of scopes) {
    if (scope?.open && (found === undefined || scope.depth < found.depth)) found = scope;
  }
  return found;
}
