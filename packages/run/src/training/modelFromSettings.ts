import {
  describeOptions,
  type Model,
  type ModelKind,
  type OptionDescription,
  type Task,
} from "@eoss/models";
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
  const described = describeOptions(kind);
  const options = {
    ...(width && { width: widthFor(kind, described, width) }),
    ...(activation && { activation }),
    ...more,
  };
  const known = described.map(({ name }) => name);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const list = known.length > 0 ? known.join(", ") : "none";
    throw new ConfigError(`the network ${kind.name} has no option "${unknown}"; it has: ${list}`);
  }
  try {
    return kind.build({ inputShape: task.inputShape, classes: task.classes }, options);
  } catch (error) {
    if (error instanceof z.core.$ZodError) {
      throw new ConfigError(`options of the network ${kind.name}: ${z.prettifyError(error)}`);
    }
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(`the network ${kind.name} cannot be built: ${error.message}`);
  }
}

/** The flag is a list; a network may have one width. */
function widthFor(
  kind: ModelKind,
  options: readonly OptionDescription[],
  width: readonly number[],
): unknown {
  const type = options.find(({ name }) => name === "width")?.type ?? "[]";
  if (type.includes("[") || type === "any") return width;
  if (width.length === 1) return width[0];
  throw new ConfigError(`width is ${width.join(",")}; the network ${kind.name} has one width`);
}
