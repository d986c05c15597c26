/** Loads a network by its name, file or package. */

import { type LoadPluginOptions, type PluginKind, resolvePlugin } from "@eoss/rng/internal";
import { brokenRule, ModelContractError } from "./contract.js";
import type { ModelKind } from "./define.js";
import { models } from "./registry.js";

const MODEL: PluginKind<ModelKind> = {
  noun: "model",
  nouns: "models",
  loader: "loadModel",
  howMade: "defineModel({ name, description, options, build })",
  builtIn: models,
  brokenRule,
  Failure: ModelContractError,
};

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
  options: LoadPluginOptions = {},
): Promise<ModelKind> {
  const kind = await resolvePlugin(MODEL, specifier, options);
  if (models[specifier] === kind || !Object.hasOwn(models, kind.name)) return kind;
  throw new ModelContractError(
    `${specifier} is named "${kind.name}", as a built-in network is: runs could not be told apart`,
  );
}
