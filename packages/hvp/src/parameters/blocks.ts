/** Parts of the parameters, by name. */

import type { Tensor } from "@tensorflow/tfjs-core";
import { constant } from "../tape/constant.js";
import { share } from "../tape/share.js";
import type { ParameterTree } from "./parameters.js";

/** A named part of the parameters, and how to put it back among the others. */
export interface Block<P extends ParameterTree> {
  /** The same tensors, not copies. */
  readonly block: ParameterTree;
  complete(block: ParameterTree): P;
}

/**
 * The block of parameters with the given names: what curvature is restricted to.
 *
 * @param names keys of `params` (indices as text for an array); all parameters when absent
 * @throws RangeError for an unknown name, or none
 */
export function blockOf<P extends ParameterTree>(params: P, names?: readonly string[]): Block<P> {
  if (names === undefined) return { block: params, complete: (block) => block as P };
  const wanted = new Set(names);
  for (const name of wanted) {
    if (!Object.hasOwn(params, name)) {
      throw new RangeError(
        `there is no parameter "${name}"; there are: ${Object.keys(params).join(", ")}`,
      );
    }
  }
  if (wanted.size === 0) throw new RangeError("a block needs at least one parameter");
  const entries = Object.entries(params) as [string, Tensor][];
  return {
    block: Object.fromEntries(entries.filter(([name]) => wanted.has(name))),
    complete(block) {
      const chosen = block as Readonly<Record<string, Tensor>>;
      // A handle: the tensor of a constant may be that of a parameter of the block as well.
      const all = entries.map(
        ([name, p]) => [name, wanted.has(name) ? chosen[name]! : constant(() => share(p))] as const,
      );
      return (Array.isArray(params) ? all.map(([, p]) => p) : Object.fromEntries(all)) as P;
    },
  };
}

/**
 * The parameters of each layer, by the part of their names before the last dot: kernel and bias of
 * `dense1.kernel`, `dense1.bias` form the block `dense1`. For one operator per layer.
 *
 * @example
 * layerBlocks({ "dense1.kernel": tf.zeros([2, 2]), "dense1.bias": tf.zeros([2]) }).dense1; // ["dense1.kernel", "dense1.bias"]
 */
export function layerBlocks(params: ParameterTree): Record<string, string[]> {
  const blocks: Record<string, string[]> = {};
  for (const name of Object.keys(params)) {
    const dot = name.lastIndexOf(".");
    (blocks[dot < 0 ? name : name.slice(0, dot)] ??= []).push(name);
  }
  return blocks;
}
