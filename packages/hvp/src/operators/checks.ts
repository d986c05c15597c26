/** Checks of what an operator is made from. */

import {
  callback,
  checkTypedOptions,
  list,
  lookedAtLater,
  number,
  type OptionDomain,
  text,
} from "@eoss/rng/internal";
import { losses } from "../losses/index.js";
import { requireTree } from "../parameters/parameters.js";

/** Of operators that keep what they linearised. */
export const KEPT: Readonly<Record<"retainBytes" | "reduce" | "onChunk", OptionDomain>> = {
  retainBytes: number,
  onChunk: callback,
  reduce: {
    allowed: "true, false, the span of an operator",
    fits: (value) =>
      typeof value === "boolean" ||
      typeof (value as { restrict?: unknown } | null)?.restrict === "function",
  },
};

/** Weights that are shares of the samples, summed in float64. */
const SHARES = 1e-6;

interface Given {
  readonly params: unknown;
  readonly chunks: unknown;
}

/**
 * Refuses options that the function does not have, and chunks that lack a part.
 *
 * @param own its options beside `params`, `chunks` and `block`
 * @param part the name of the function that each chunk has
 * @throws RangeError for an option, or weights that do not sum to one; TypeError for what is no tree,
 *   no list or no function
 */
export function checkOperator(
  what: string,
  options: Given,
  own: Readonly<Record<string, OptionDomain>>,
  part: "loss" | "outputs",
): void {
  checkTypedOptions<object>(what, options, {
    ...{ params: lookedAtLater, chunks: lookedAtLater },
    ...{ block: list("of names of parameters", text), ...own },
  });
  requireTree(options.params);
  checkChunks(what, options.chunks, part);
}

/** @throws as `checkOperator` */
export function checkChunks(what: string, chunks: unknown, part: "loss" | "outputs"): void {
  if (!Array.isArray(chunks)) {
    throw new TypeError(
      `${what} takes chunks, a list of { ${part}, ... }, one for each part of the samples`,
    );
  }
  for (const [index, chunk] of chunks.entries()) {
    if (typeof chunk?.[part] === "function") continue;
    throw new TypeError(`chunks[${index}] of ${what} lacks ${part}, a function of the parameters`);
  }
}

/** @throws RangeError unless each chunk has a weight, and they sum to one */
export function checkWeights(what: string, chunks: readonly { readonly weight: number }[]): void {
  const total = chunks.reduce((sum, { weight }) => sum + weight, 0);
  if (chunks.length === 0 || Math.abs(total - 1) <= SHARES) return;
  throw new RangeError(
    `the weights of the chunks of ${what} must sum to one, their shares of the samples; their sum is ${total}`,
  );
}

/** @throws TypeError if it is no function, as where its name is given */
export function checkHead(what: string, loss: unknown): void {
  if (typeof loss === "function") return;
  const own = typeof loss === "string" && Object.hasOwn(losses, loss);
  throw new TypeError(
    `${what} takes a loss head, a function of outputs and targets, not ${JSON.stringify(loss) ?? typeof loss}; ` +
      (own
        ? `it is losses["${loss}"]`
        : `there are: ${Object.keys(losses).join(", ")} in \`losses\``),
  );
}
