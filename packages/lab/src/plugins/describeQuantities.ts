import { type Matrix, type Quantity, quantities, resolveQuantity } from "@eoss/sharpness";
import { matrixOf } from "@eoss/sharpness/internal";
import { importFrom } from "./importFrom.js";

/** What a quantity says of itself. */
export interface QuantityDescription
  extends Pick<Quantity, "name" | "description" | "over" | "unit" | "needs" | "cost"> {
  readonly matrix: Matrix;
}

/**
 * Describes quantities by the names that `measure` takes; without names, all that are built in.
 *
 * @throws QuantityContractError if a name is none
 */
export async function describeQuantities(names: readonly string[]): Promise<QuantityDescription[]> {
  const importModule = importFrom(process.cwd());
  const found =
    names.length > 0
      ? await Promise.all(names.map((name) => resolveQuantity(name, { importModule })))
      : Object.values(quantities);
  return found.map((quantity) => {
    const { name, description, over, unit, needs, cost } = quantity;
    return { name, description, over, unit, matrix: matrixOf(quantity), needs, cost };
  });
}
