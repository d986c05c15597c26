import type { ModelKind } from "./define.js";
import { mlp } from "./mlp.js";

/** The built-in kinds of networks by name. */
export const models: Readonly<Record<string, ModelKind>> = { mlp };

/** @throws RangeError naming the known models */
export function modelByName(name: string): ModelKind {
  const kind = Object.hasOwn(models, name) ? models[name] : undefined;
  if (kind === undefined) {
    throw new RangeError(`unknown model "${name}"; known are: ${Object.keys(models).join(", ")}`);
  }
  return kind;
}
