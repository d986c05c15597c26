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

/** The settings that say which network, and how long its code may take. */
export type BuildSettings = ModelSettings & {
  readonly "plugin-limit"?: number | string | undefined;
};

/**
 * Builds the network that the settings name, for a task.
 *
 * @throws ModelContractError as `findModel`, and for an error in its code
 * @throws ConfigError as `modelFromSettings`
 * @throws PluginTimeError, also later, if code of a user takes longer than `plugin-limit`
 */
export async function buildModel(settings: BuildSettings, task: Task): Promise<Model> {
  return (await modelBuilder(settings, task))();
}

/** `buildModel` in two parts: the code is loaded, and not yet run. */
export async function modelBuilder(settings: BuildSettings, task: Task): Promise<() => Model> {
  const { model, "plugin-limit": limit = USUAL_LIMIT } = settings;
  const kind = limitedModel(model, await findModel(model), limit);
  return () => modelFromSettings(kind, settings, task);
}
