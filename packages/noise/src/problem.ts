import type { LossProblem, ParameterTree } from "@eoss/hvp";

/** Samples that go through a network together, unless a problem says otherwise. */
export const CHUNK_SIZE = 128;

/**
 * A training loss at fixed parameters, taken apart so that single samples can be weighted: a `LossProblem`
 * of `@eoss/hvp` that has outputs, targets and a head. Its `lossOf` is not asked.
 */
export interface NoiseProblem<P extends ParameterTree = ParameterTree>
  extends Pick<LossProblem<P>, "params" | "samples" | "coupled" | "chunkSize">,
    Required<Pick<LossProblem<P>, "head" | "outputsOf" | "targetsOf">> {}

const FUNCTIONS = ["head", "outputsOf", "targetsOf"] as const;

/**
 * @throws TypeError for a part that is missing or another thing; RangeError for samples that are none,
 *   and for a network that couples them
 */
export function checkProblem(noise: string, problem: NoiseProblem): void {
  const { samples, coupled } = problem;
  if (!(Number.isSafeInteger(samples) && samples >= 1)) {
    throw new RangeError(
      `samples of the problem is ${samples}; allowed: the number of training samples, from 1 on`,
    );
  }
  for (const part of FUNCTIONS) {
    if (typeof problem[part] === "function") continue;
    const found = JSON.stringify(problem[part]) ?? "missing";
    const remedy = part === "head" ? ", e.g. `mse` of @eoss/hvp" : "";
    throw new TypeError(`${part} of the problem is ${found}; allowed: a function${remedy}`);
  }
  if (!coupled) return;
  throw new RangeError(
    `${noise} noise is made of the gradients of single samples, and this network couples the samples ` +
      "of a batch (batch normalisation): use a network without that, or train with mini-batches",
  );
}
