import type { MaybePromise } from "@eoss/eigen";
import { disposeTree, mapTree, type ParameterTree } from "@eoss/hvp";
import { disposeState, type OptimizerState, type Params } from "@eoss/sgd";
import { clone } from "@tensorflow/tfjs-core";
import { difference, norm, type Space } from "../loss/space.js";
import type { TfjsUpdate } from "./problem.js";

/** Vectors of an engine, and how they are trees of parameters. */
export interface FlatVectors<V> {
  readonly space: Space<V>;
  /** A new vector. */
  flat(tree: ParameterTree): V;
  /** New tensors, shaped like others. */
  tree(x: V, like: ParameterTree): ParameterTree;
}

/**
 * The direction in which the update rule goes for a gradient: the next step is η times this vector,
 * −g for plain SGD. Momentum, preconditioner and weight decay are those of the rule's present state.
 *
 * @param gradient [d], at θ
 * @param gradientAt that at other parameters, [d], which it disposes; for rules that look ahead
 * @returns [d], (θ' − θ)/η: every rule's step is proportional to η; the caller's
 */
export async function updateDirection<V>(
  { optimizer, state, options }: TfjsUpdate,
  gradient: V,
  { space, flat, tree }: FlatVectors<V>,
  gradientAt: (params: ParameterTree) => MaybePromise<V>,
): Promise<V> {
  const given = { ...options, learningRate: 1 };
  const like = state.params as ParameterTree;
  let parts = tree(gradient, like);
  const ahead = optimizer.lookAhead(parts as Params, state, given);
  if (ahead) {
    disposeTree(parts);
    const there = await gradientAt(ahead as ParameterTree);
    parts = tree(there, like);
    space.release(there);
  }
  const before = flat(like);
  const directionBy = (learningRate: number) => {
    const after = optimizer.step(parts as Params, copyOf(state), { ...options, learningRate });
    const moved = flat(after.params as ParameterTree);
    disposeState(after);
    const step = difference(space, moved, before);
    space.release(moved);
    return space.scale(1 / learningRate, step);
  };
  const size = await norm(space, before);
  try {
    for (let rate = 1; ; ) {
      const direction = directionBy(rate);
      const moved = rate * (await norm(space, direction));
      if (moved >= LONG_ENOUGH * size || rate > HIGHEST_RATE) return direction;
      space.release(direction);
      rate *= moved > 0 ? 2 ** Math.round(Math.log2(size / moved)) : 2 ** 24;
    }
  } finally {
    disposeTree(parts);
    space.release(before);
  }
}

/** Relative to ‖θ‖: θ' − θ has the digits of a step that is not much shorter than θ. */
const LONG_ENOUGH = 1 / 8;
/** Where it is given up: a direction that is shorter is 0. */
const HIGHEST_RATE = 2 ** 60;

/** The same state in tensors of its own, which a step may consume. */
function copyOf({ params, slots, ...rest }: OptimizerState): OptimizerState {
  const copies = (tree: Params) => mapTree(tree as ParameterTree, (x) => clone(x)) as Params;
  const entries = Object.entries(slots).map(([name, tree]) => [name, copies(tree)] as const);
  return { ...rest, params: copies(params), slots: Object.fromEntries(entries) };
}

/**
 * The diagonal P of the update rule as it stands, as one vector that `flat` makes of its parts; undefined
 * where P is the identity.
 *
 * @returns "not yet" before the first update of a rule that takes P from its updates
 */
export function preconditionerOf<V>(
  { optimizer, state, learningRate, options }: TfjsUpdate,
  flat: (tree: ParameterTree) => V,
): V | undefined | "not yet" {
  try {
    const tree = optimizer.preconditioner(state, { ...options, learningRate });
    if (tree === undefined) return undefined;
    const diagonal = flat(tree as ParameterTree);
    disposeTree(tree as ParameterTree);
    return diagonal;
  } catch (error) {
    if (error instanceof RangeError && state.step === state.start) return "not yet";
    throw error;
  }
}
