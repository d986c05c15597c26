import { batchSharpness } from "./quantities/batchSharpness.js";
import { fullbs } from "./quantities/fullbs.js";
import { loss } from "./quantities/loss.js";
import { minibs } from "./quantities/minibs.js";
import type { Quantity } from "./quantity.js";

/** The quantities by name, in the order of help texts. A new one is its file and a line here. */
export const quantities: Readonly<Record<string, Quantity>> = Object.fromEntries(
  [fullbs, minibs, batchSharpness, loss].map((quantity) => [quantity.name, quantity]),
);

/** @throws RangeError naming the known quantities */
export function quantityByName(name: string): Quantity {
  const quantity = Object.hasOwn(quantities, name) ? quantities[name] : undefined;
  if (quantity === undefined) {
    throw new RangeError(
      `unknown quantity "${name}"; known are: ${Object.keys(quantities).join(", ")}`,
    );
  }
  return quantity;
}
