import type { Problem, ViewOptions } from "../loss/engine.js";
import type { Need, Quantity } from "./quantity.js";

/** What a problem lacks of each need; undefined if nothing. */
const missing: Readonly<
  Record<Need, (problem: Problem, set: ViewOptions["set"]) => string | undefined>
> = {
  "full-batch": () => undefined,
  draws: () => undefined,
  "independent-samples": ({ coupled }) =>
    coupled === true ? "samples whose losses do not depend on each other" : undefined,
  outputs: (problem, set) => because("the network's outputs", problem.lacks("outputs", set)),
  update: ({ update }) =>
    lacking("the update rule", update === undefined ? { update } : { "update.rule": update.rule }),
  "learning-rate": ({ update }) => lacking("the learning rate", { update }),
  "initial-params": (problem, set) =>
    because("where training began", problem.lacks("initial-params", set)),
  shapes: (problem, set) => because("the shapes of the parameters", problem.lacks("shapes", set)),
};

/**
 * Checks, before anything is measured, that a problem has all that the quantities need.
 *
 * @throws RangeError naming every quantity that lacks something, and what
 */
export function checkNeeds(problem: Problem, quantities: readonly Quantity[]): void {
  const complaints = quantities.flatMap((quantity) => {
    const lacks = lackOf(problem, quantity);
    return lacks === undefined ? [] : [`${quantity.name} needs ${lacks}`];
  });
  if (complaints.length > 0) throw new RangeError(`cannot measure: ${complaints.join("; ")}`);
}

function lackOf(problem: Problem, { over, needs }: Quantity): string | undefined {
  if (over === "step" && problem.stepBatch === undefined) {
    return lacking("the batch of the next step", { stepBatch: undefined });
  }
  const set = over === "held-out" ? "held-out" : "training";
  if (over === "held-out" && problem.heldOut === undefined) {
    return lacking("held-out samples", { heldOut: undefined });
  }
  for (const need of needs) {
    const lacks = missing[need](problem, set);
    if (lacks !== undefined) return lacks;
  }
  return undefined;
}

function lacking(what: string, members: Readonly<Record<string, unknown>>): string | undefined {
  const absent = Object.keys(members).filter((name) => members[name] === undefined);
  return absent.length === 0 ? undefined : because(what, `the problem has no ${absent.join(", ")}`);
}

function because(what: string, reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : `${what} (${reason})`;
}
