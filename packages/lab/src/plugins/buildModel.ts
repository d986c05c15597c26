import { loadModel, type Model, type ModelKind, type Task } from "@eoss/models";
import { type ModelSettings, modelFromSettings } from "@eoss/run";
import { importFrom } from "./importFrom.js";

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
 */
export async function buildModel(settings: ModelSettings, task: Task): Promise<Model> {
  return modelFromSettings(await findModel(settings.model), settings, task);
}
