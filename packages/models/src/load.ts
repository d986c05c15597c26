/** Loads a network by its name, file or package. */

import {
  checkOptions,
  type ImportModule,
  type PluginKind,
  resolvePlugin,
} from "@eoss/rng/internal";
import { brokenRule, ModelContractError } from "./contract.js";
import type { ModelKind } from "./define.js";
import { models } from "./registry.js";

export interface LoadModelOptions {
  /**
   * Imports a module by its file path or package name, as seen from the user's folder. Default:
   * `import(source)`, which knows the packages beside this one, and URLs.
   */
  readonly importModule?: ImportModule;
}

const MODEL: PluginKind<ModelKind> = {
  noun: "model",
  nouns: "models",
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
  options: LoadModelOptions = {},
): Promise<ModelKind> {
  checkOptions("loadModel", options, ["importModule"]);
  const kind = await resolvePlugin(MODEL, specifier, options.importModule);
  if (models[specifier] === kind || !Object.hasOwn(models, kind.name)) return kind;
  throw new ModelContractError(
    `${specifier} is named "${kind.name}", as a built-in network is: runs could not be told apart`,
  );
}
