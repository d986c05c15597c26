import { disposeTree, flatten, type ParameterTree, unflatten } from "@eoss/hvp";
import { disposeState, type Params, restoreState, saveState } from "@eoss/sgd";
import type { TfjsUpdate } from "./problem.js";

/**
 * The direction in which the update rule goes for a gradient: the next step is η times this vector,
 * −g for plain SGD. Momentum, preconditioner and weight decay are those of the rule's present state.
 *
 * @param gradient [d], at θ
 * @param gradientAt that at other parameters, [d], which it disposes; for rules that look ahead
 * @returns [d], (θ' − θ)/η: every rule's step is proportional to η
 */
export function updateDirection(
  { optimizer, state, options }: TfjsUpdate,
  gradient: ArrayLike<number>,
  gradientAt: (params: ParameterTree) => ArrayLike<number>,
): Float64Array {
  const given = { ...options, learningRate: 1 };
  let tree = unflatten(gradient, state.params) as Params;
  const ahead = optimizer.lookAhead(tree, state, given);
  if (ahead) {
    disposeTree(tree as ParameterTree);
    tree = unflatten(gradientAt(ahead as ParameterTree), state.params) as Params;
  }
  const before = flatten(state.params, new Float64Array(gradient.length));
  const directionBy = (learningRate: number) => {
    const given = { ...options, learningRate };
    const after = optimizer.step(tree, restoreState(saveState(state)), given);
    const moved = flatten(after.params, new Float64Array(gradient.length));
    disposeState(after);
    return moved.map((x, i) => (x - before[i]!) / learningRate);
  };
  const size = length(before);
  for (let rate = 1; ; ) {
    const direction = directionBy(rate);
    const moved = rate * length(direction);
    if (moved >= LONG_ENOUGH * size || rate > HIGHEST_RATE) {
      disposeTree(tree as ParameterTree);
      return direction;
    }
    rate *= moved > 0 ? 2 ** Math.round(Math.log2(size / moved)) : 2 ** 24;
  }
}

/** Relative to ‖θ‖: θ' − θ has the digits of a step that is not much shorter than θ. */
const LONG_ENOUGH = 1 / 8;
/** Where it is given up: a direction that is shorter is 0. */
const HIGHEST_RATE = 2 ** 60;

function length(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
}

/**
 * The diagonal P of the update rule as it stands, [d]; undefined where P is the identity.
 *
 * @returns "not yet" before the first update of a rule that takes P from its updates
 */
export function preconditionerOf({
  optimizer,
  state,
  learningRate,
  options,
}: TfjsUpdate): Float64Array | undefined | "not yet" {
  try {
    const tree = optimizer.preconditioner(state, { ...options, learningRate });
    if (tree === undefined) return undefined;
    const size = Object.values(tree).reduce((sum, tensor) => sum + tensor.size, 0);
    const flat = flatten(tree, new Float64Array(size));
    disposeTree(tree);
    return flat;
  } catch (error) {
    if (error instanceof RangeError && state.step === state.start) return "not yet";
    throw error;
  }
}
