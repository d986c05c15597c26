import { EossError } from "@eoss/rng";
import { checkOptions, checkPlugin, type PluginKind } from "@eoss/rng/internal";
import { CURVATURE_KINDS } from "../loss/engine.js";
import { MATRICES, OVER } from "./matrix.js";
import {
  type BatchQuantity,
  NEEDS,
  type Quantity,
  READS,
  type SingleQuantity,
  UNITS,
} from "./quantity.js";

const MEMBERS = [
  "name",
  "description",
  "over",
  "unit",
  "matrix",
  "needs",
  "reads",
  "cost",
  "remembers",
];

/** A module or value is not what `--measure` asks for; the message names the rule it broke. */
export class QuantityContractError extends EossError {
  override readonly name = "QuantityContractError";
}

/** What no quantity has. */
type NothingElse<Q> = {
  readonly [K in Exclude<keyof Q, keyof BatchQuantity | keyof SingleQuantity>]: never;
};

/**
 * Checks a quantity's promises and gives it back: what a package of quantities exports.
 *
 * @throws QuantityContractError naming the rule that is broken
 * @example
 * export const batchLoss = defineQuantity({
 *   name: "batch-loss",
 *   description: "mean loss of a batch",
 *   over: "batches",
 *   unit: "loss",
 *   needs: [],
 *   cost: "one forward pass a batch",
 *   sample: (batch) => ({ value: batch.loss(), products: 0, status: "exact" }),
 * });
 */
export function defineQuantity<Q extends Quantity>(quantity: Q & NothingElse<Q>): Q {
  requireQuantity(quantity, "the definition");
  const method = methodOf(quantity.over);
  checkOptions("defineQuantity", quantity, [...MEMBERS, method], QuantityContractError);
  return quantity;
}

/**
 * Checks that a value from somewhere else is a quantity.
 *
 * @param source where it comes from, for the message
 * @throws QuantityContractError naming the rule that is broken
 */
export function requireQuantity(value: unknown, source: string): Quantity {
  return checkPlugin(QUANTITY, value, source);
}

/** Which rule of a quantity an object breaks, in words; undefined if none. */
function brokenRule({
  name,
  description,
  over,
  unit,
  matrix,
  needs,
  reads = [],
  cost,
  remembers,
  ...rest
}: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof name !== "string" || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return "`name` must be lower-case words joined by hyphens";
  }
  if (typeof description !== "string") return "`description` must be a text";
  if (typeof cost !== "string") return "`cost` must be a text";
  if (!(UNITS as readonly unknown[]).includes(unit))
    return `\`unit\` must be one of ${UNITS.join(", ")}`;
  if (matrix !== undefined && !(MATRICES as readonly unknown[]).includes(matrix))
    return `\`matrix\` must be one of ${MATRICES.join(", ")}`;
  if (!Array.isArray(needs) || !needs.every((need) => NEEDS.includes(need))) {
    return `\`needs\` must be a list of ${NEEDS.join(", ")}`;
  }
  if (!Array.isArray(reads) || !reads.every((setting) => READS.includes(setting))) {
    return `\`reads\` must be a list of ${READS.join(", ")}`;
  }
  if (remembers !== undefined && !(CURVATURE_KINDS as readonly unknown[]).includes(remembers))
    return `\`remembers\` must be one of ${CURVATURE_KINDS.join(", ")}`;
  if (!(OVER as readonly unknown[]).includes(over))
    return `\`over\` must be one of ${OVER.join(", ")}`;
  const method = methodOf(over as Quantity["over"]);
  if (typeof rest[method] !== "function") return `\`${method}\` must be a function`;
  return undefined;
}

/** The function that reads a loss. */
export function methodOf(over: Quantity["over"]): "sample" | "measure" {
  return over === "batches" ? "sample" : "measure";
}

/** Quantities as a kind of plug-in, but for those that are built in. */
export const QUANTITY: Omit<PluginKind<Quantity>, "builtIn" | "loader"> = {
  noun: "quantity",
  nouns: "quantities",
  howMade: "defineQuantity({ name, description, over, unit, needs, cost, measure or sample })",
  brokenRule,
  Failure: QuantityContractError,
};
