import { loadModel, type Model, type ModelKind, type Task } from "@eoss/models";
import { type ModelSettings, modelFromSettings } from "@eoss/run";
import { importFrom } from "./importFrom.js";
import { USUAL_LIMIT } from "./limited.js";
import { limitedModel } from "./limitedPlugins.js";

/**
 * The kind of network of a name, a file or a package, as seen from the current folder.
 *
 * @throws ModelContractError saying what could not be found, or which rule the module broke
 */
export function findModel(specifier: string): Promise<ModelKind> {
  return loadModel(specifier, { importModule: importFrom(process.cwd()) });
}

/**
 * Builds the network that the settings name, for a task.
 *
 * @throws ModelContractError as `findModel`
 * @throws ConfigError as `modelFromSettings`
 * @throws PluginTimeError, also later, if code of a user takes longer than `plugin-limit`
 */
export async function buildModel(
  settings: ModelSettings & { readonly "plugin-limit"?: number | string | undefined },
  task: Task,
): Promise<Model> {
  const { model, "plugin-limit": limit = USUAL_LIMIT } = settings;
  return modelFromSettings(limitedModel(model, await findModel(model), limit), settings, task);
}
