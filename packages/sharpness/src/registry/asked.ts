import { shown } from "@eoss/rng/internal";
import { QuantityContractError, requireQuantity } from "./define.js";
import type { Quantity } from "./quantity.js";
import { quantities as builtIn } from "./registry.js";

/**
 * Checks the quantities that are to be measured together: their results are told apart by their names.
 *
 * @throws QuantityContractError for what is no quantity, a name that is there twice, and the name of a
 *   built-in one for another
 */
export function checkAsked(quantities: readonly Quantity[]): void {
  if (!Array.isArray(quantities)) {
    throw new QuantityContractError(
      `quantities to measure are a list, not ${shown(quantities)}: [quantityByName("minibs")]`,
    );
  }
  const seen = new Set<string>();
  for (const [index, quantity] of quantities.entries()) {
    if (typeof quantity === "string") {
      throw new QuantityContractError(
        `a quantity is an object, not the name ${shown(quantity)}: quantityByName(${shown(quantity)}) finds it`,
      );
    }
    const { name } = requireQuantity(quantity, `item ${index} of the quantities`);
    if (Object.hasOwn(builtIn, name) && builtIn[name] !== quantity) {
      throw new QuantityContractError(
        `a quantity is named "${name}", as a built-in one is: records could not be told apart`,
      );
    }
    if (seen.has(name)) {
      throw new QuantityContractError(
        `two of the quantities are named "${name}": records could not be told apart`,
      );
    }
    seen.add(name);
  }
}
