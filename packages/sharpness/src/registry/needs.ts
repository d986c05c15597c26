import type { Problem, SampleSet } from "../loss/problem.js";
import type { Need, Quantity } from "./quantity.js";

/** What a problem lacks of each need; undefined if nothing. */
const missing: Readonly<Record<Need, (problem: Problem, set: SampleSet) => string | undefined>> = {
  "full-batch": () => undefined,
  draws: () => undefined,
  "independent-samples": ({ coupled }) =>
    coupled === true ? "samples whose losses do not depend on each other" : undefined,
  outputs: (problem, set) =>
    lacking("the network's outputs", {
      outputsOf: set.outputsOf,
      targetsOf: set.targetsOf,
      head: problem.head,
    }),
  update: ({ update }) => lacking("the update rule", { update }),
  "learning-rate": ({ update }) => lacking("the learning rate", { update }),
  "initial-params": ({ initialParams }) => lacking("where training began", { initialParams }),
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
  const set = over === "held-out" ? problem.heldOut : problem;
  if (set === undefined) return lacking("held-out samples", { heldOut: undefined });
  for (const need of needs) {
    const lacks = missing[need](problem, set);
    if (lacks !== undefined) return lacks;
  }
  return undefined;
}

function lacking(what: string, members: Readonly<Record<string, unknown>>): string | undefined {
  const absent = Object.keys(members).filter((name) => members[name] === undefined);
  return absent.length === 0 ? undefined : `${what} (the problem has no ${absent.join(", ")})`;
}
