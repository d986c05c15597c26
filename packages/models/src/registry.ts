import { byName } from "@eoss/rng/internal";
import { cnn } from "./cnn.js";
import type { ModelKind } from "./define.js";
import { diagonalLinear } from "./diagonalLinear.js";
import { linear } from "./linear.js";
import { mlp, mlpL } from "./mlp.js";
import { resnet10 } from "./resnet.js";
import { transformer } from "./transformer.js";
import { vgg } from "./vgg.js";

/** The built-in kinds of networks by name. */
export const models: Readonly<Record<string, ModelKind>> = Object.fromEntries(
  [mlp, mlpL, cnn, resnet10, vgg, transformer, linear, diagonalLinear].map((kind) => [
    kind.name,
    kind as ModelKind,
  ]),
);

/**
 * @throws RangeError naming the known models, and the nearest
 *
 * @example
 * modelByName("mlp") === mlp; // true
 */
export function modelByName(name: string): ModelKind {
  return byName("model", models, name);
}
