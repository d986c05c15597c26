import { describeOptions, loadModel, type Model, type ModelKind, type Task } from "@eoss/models";
import { z } from "zod";
import { ConfigError } from "./configError.js";
import { importFrom } from "./importFrom.js";

/** The settings that say which network. */
export interface ModelSettings {
  readonly model: string;
  readonly "model-options"?: Readonly<Record<string, unknown>>;
  readonly width?: readonly number[];
  readonly activation?: string;
}

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
 * @throws ConfigError naming an option that the network does not have, or that does not fit
 */
export async function buildModel(settings: ModelSettings, task: Task): Promise<Model> {
  const { model, width, activation, "model-options": more } = settings;
  const kind = await findModel(model);
  const options = { ...(width && { width }), ...(activation && { activation }), ...more };
  const known = describeOptions(kind).map(({ name }) => name);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const list = known.length > 0 ? known.join(", ") : "none";
    throw new ConfigError(`the network ${kind.name} has no option "${unknown}"; it has: ${list}`);
  }
  try {
    return kind.build({ inputShape: task.inputShape, classes: task.classes }, options);
  } catch (error) {
    if (!(error instanceof z.core.$ZodError)) throw error;
    throw new ConfigError(`options of the network ${kind.name}: ${z.prettifyError(error)}`);
  }
}
