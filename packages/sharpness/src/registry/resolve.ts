/** Finds a quantity by its name, file or package. */

import { type LoadPluginOptions, resolvePlugin } from "@eoss/rng/internal";
import { QUANTITY, QuantityContractError } from "./define.js";
import type { Quantity } from "./quantity.js";
import { quantities } from "./registry.js";

/**
 * The quantity that `--measure` names:
 *
 * - the name of a built-in one: `minibs`;
 * - a file: `./my-quantity.js`;
 * - a package: `their-package`, `@them/package/subpath`;
 * - either with a named export: `their-package#entropy`. Without, the default export counts, or the
 *   only export that is a quantity.
 *
 * @throws QuantityContractError saying what could not be found, or which rule the module broke
 */
export async function resolveQuantity(
  specifier: string,
  options: LoadPluginOptions = {},
): Promise<Quantity> {
  const quantity = await resolvePlugin(
    { ...QUANTITY, loader: "resolveQuantity", builtIn: quantities },
    specifier,
    options,
  );
  if (quantities[specifier] === quantity || !Object.hasOwn(quantities, quantity.name))
    return quantity;
  throw new QuantityContractError(
    `${specifier} is named "${quantity.name}", as a built-in quantity is: records could not be told apart`,
  );
}
