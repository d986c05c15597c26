import { describeOptions, type Model, type ModelKind, type Task } from "@eoss/models";
import { z } from "zod";
import { ConfigError } from "../settings/configError.js";

/** The settings that say which network. */
export interface ModelSettings {
  readonly model: string;
  readonly "model-options"?: Readonly<Record<string, unknown>>;
  readonly width?: readonly number[];
  readonly activation?: string;
}

/**
 * A network of a kind with the options that the settings name, for a task.
 *
 * @throws ConfigError naming an option that the network does not have, or that does not fit
 */
export function modelFromSettings(
  kind: ModelKind,
  { width, activation, "model-options": more }: ModelSettings,
  task: Task,
): Model {
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
