/** Finds a quantity by its name, file or package. */

import { brokenRule, checkQuantity, QuantityContractError } from "./define.js";
import type { Quantity } from "./quantity.js";
import { quantities } from "./registry.js";

export interface ResolveQuantityOptions {
  /**
   * Imports a module by its file path or package name, as seen from the user's folder. Default:
   * `import(source)`, which knows the packages beside this one, and URLs.
   */
  readonly importModule?: (source: string) => Promise<Readonly<Record<string, unknown>>>;
}

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
  { importModule = (source) => import(/* @vite-ignore */ source) }: ResolveQuantityOptions = {},
): Promise<Quantity> {
  if (Object.hasOwn(quantities, specifier)) return quantities[specifier]!;
  const mark = specifier.lastIndexOf("#");
  const source = mark < 0 ? specifier : specifier.slice(0, mark);
  const exportName = mark < 0 ? undefined : specifier.slice(mark + 1);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await importModule(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new QuantityContractError(
      `cannot load the quantity "${source}": ${reason}. Built in are: ${Object.keys(quantities).join(", ")}; ` +
        "a file begins with ./ and a package must be installed.",
      { cause: error },
    );
  }
  const quantity = quantityOf(module, source, exportName);
  if (Object.hasOwn(quantities, quantity.name)) {
    throw new QuantityContractError(
      `${specifier} is named "${quantity.name}", as a built-in quantity is: records could not be told apart`,
    );
  }
  return quantity;
}

function quantityOf(
  module: Readonly<Record<string, unknown>>,
  source: string,
  exportName?: string,
): Quantity {
  if (exportName !== undefined) {
    if (!Object.hasOwn(module, exportName)) {
      const exports = Object.keys(module).join(", ") || "nothing";
      throw new QuantityContractError(
        `${source} has no export "${exportName}"; it exports: ${exports}`,
      );
    }
    return checkQuantity(module[exportName], `the export "${exportName}" of ${source}`);
  }
  if (module.default !== undefined) {
    return checkQuantity(module.default, `the default export of ${source}`);
  }
  const found = Object.entries(module).filter(([, value]) => brokenRule(value) === undefined);
  if (found.length === 1) return found[0]![1] as Quantity;
  throw new QuantityContractError(
    found.length === 0
      ? `${source} exports no quantity: make it the default export`
      : `${source} exports several quantities; choose one: ${found.map(([name]) => `${source}#${name}`).join(", ")}`,
  );
}
