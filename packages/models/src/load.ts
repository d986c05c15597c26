/** Loads a network by its name, file or package. */

import { checkOptions } from "@eoss/rng/internal";
import { ModelContractError, modelOf } from "./contract.js";
import type { ModelKind } from "./define.js";
import { models } from "./registry.js";

export interface LoadModelOptions {
  /**
   * Imports a module by its file path or package name, as seen from the user's folder. Default:
   * `import(source)`, which knows the packages beside this one, and URLs.
   */
  readonly importModule?: (source: string) => Promise<Readonly<Record<string, unknown>>>;
}

/**
 * The kind of network that `--model` names:
 *
 * - the name of a built-in one: `mlp`;
 * - a file: `./my-model.js`;
 * - a package: `their-package`, `@them/package/subpath`;
 * - either with a named export: `their-package#wide`. Without, the default export counts.
 *
 * @throws ModelContractError saying what could not be found, or which rule the module broke
 */
export async function loadModel(
  specifier: string,
  options: LoadModelOptions = {},
): Promise<ModelKind> {
  checkOptions("loadModel", options, ["importModule"]);
  const { importModule = (source) => import(/* @vite-ignore */ source) } = options;
  if (Object.hasOwn(models, specifier)) return models[specifier]!;
  const mark = specifier.lastIndexOf("#");
  const source = mark < 0 ? specifier : specifier.slice(0, mark);
  const exportName = mark < 0 ? undefined : specifier.slice(mark + 1);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await importModule(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const known = Object.keys(models).join(", ");
    throw new ModelContractError(
      `cannot load the model "${source}": ${reason}. Built in are: ${known}; ` +
        "a file begins with ./ and a package must be installed.",
      { cause: error },
    );
  }
  return modelOf(module, source, exportName);
}
