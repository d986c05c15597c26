// Hessian products that the other side makes by differences of gradients: what can be measured with them, and
// their error in what is measured.
import { ConfigError } from "@eoss/run";
import type { MeasureContext, Part, Quantity, Reading } from "@eoss/sharpness/core";
import type { Channel } from "./channel.js";
import { numberOf } from "./values.js";

/** Eigenvalues and Rayleigh quotients of the Hessian: off by ‖E·x‖/‖x‖ at most where each product is off by E·x. */
const OFF_BY_PRODUCTS = ["fullbs", "minibs", "batch-sharpness", "step-sharpness"];
/** Made without products; `gradient-norm` takes one for its rounding alone. */
const WITHOUT_PRODUCTS = [
  ...["loss", "accuracy", "distance", "gradient-norm", "test-loss", "test-accuracy"],
];

/**
 * The same quantities, with the error of the differences in each error bound: that of all products so far, which the
 * command `product-error` answers. No bound is certified: the error is seen along the products alone.
 *
 * @throws ConfigError naming those in which the error of a product is not known to be bounded
 */
export function withDifferences(
  quantities: readonly Quantity[],
  channel: Channel,
  problem: number,
): readonly Quantity[] {
  const known = [...OFF_BY_PRODUCTS, ...WITHOUT_PRODUCTS];
  const refused = quantities.map(({ name }) => name).filter((name) => !known.includes(name));
  if (refused.length > 0) {
    throw new ConfigError(
      `cannot measure ${refused.join(", ")}: with second_derivative="differences" eoss measures ${known.join(", ")}`,
    );
  }
  const widened = async (reading: Reading, { tolerance }: MeasureContext): Promise<Reading> => {
    const error = numberOf(await channel.ask("product-error", problem));
    const { value, status, errorBound = 0, parts } = reading;
    if (status === "not-finite") return reading;
    const enough = status !== "budget-spent" && error <= tolerance * Math.abs(value);
    return {
      ...reading,
      status: enough ? "converged" : "budget-spent",
      errorBound: errorBound + error,
      errorKind: reading.errorKind && "uncertified",
      ...(parts && {
        parts: Object.fromEntries(
          Object.entries(parts).map(([name, part]) => [name, widenedPart(part, error)]),
        ),
      }),
    };
  };
  return quantities.map((quantity): Quantity => {
    if (!OFF_BY_PRODUCTS.includes(quantity.name)) return quantity;
    return quantity.over === "batches"
      ? {
          ...quantity,
          sample: async (x, context) => widened(await quantity.sample(x, context), context),
        }
      : {
          ...quantity,
          measure: async (x, context) => widened(await quantity.measure(x, context), context),
        };
  });
}

function widenedPart(part: Part, error: number): Part {
  const { errorBound = 0 } = part;
  return {
    ...part,
    errorBound:
      typeof errorBound === "number"
        ? errorBound + error
        : Array.from(errorBound, (bound) => bound + error),
  };
}
