/** The reverse sweep over a record. */

import { add, clone, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { GradientRule, RuleNode } from "../rules/rule.js";
import { opOf, type TapeNode, type Value } from "./value.js";

/** Adjoints by value. Every tensor in it is owned by it. */
export type Adjoints = Map<Value, Tensor>;

/** The inputs whose values the adjoints of the active inputs use. */
export function usedInputs(
  rule: GradientRule,
  inputs: Readonly<Record<string, Value>>,
): Set<string> {
  const { saveInputs = [] } = rule;
  if (Array.isArray(saveInputs)) return new Set(saveInputs);
  const active = Object.entries(saveInputs).filter(([name]) => inputs[name]?.active);
  return new Set(active.flatMap(([, used]) => used));
}

/** The op whose derivative is computed at present, in whatever record. */
let differentiated: string | undefined;

export const differentiatedOp = (): string | undefined => differentiated;

/** Sees what each node of a walk adds. */
export type Watch = (node: TapeNode, dy: Tensor, term: Tensor) => void;

/**
 * The adjoints of some values, by a walk in reverse over nodes.
 *
 * @param nodes may grow meanwhile, where the walk is recorded
 * @param from the nodes from `first` up to `length`; adjoints to start from, consumed; and the
 *   values whose adjoints are returned
 * @param arrive told of each node that is reached, with the whole adjoint of its output
 */
export function sweep(
  nodes: readonly TapeNode[],
  {
    first,
    length,
    seeds,
    wanted,
  }: {
    readonly first: number;
    readonly length: number;
    readonly seeds: ReadonlyArray<[Value, Tensor]>;
    readonly wanted: readonly Value[];
  },
  arrive: (node: TapeNode, dy: Tensor) => void,
  watch?: Watch,
): Adjoints {
  const adjoints: Adjoints = new Map();
  for (const [value, seed] of seeds) accumulate(adjoints, value, seed);
  const kept = new Set(wanted);
  const leading = leadingTo(kept, nodes.slice(first, length));
  for (let index = length - 1; index >= first; index--) {
    const node = nodes[index]!;
    const dy = adjoints.get(node.output);
    if (dy === undefined) continue;
    arrive(node, dy);
    for (const [value, term] of contributions(node, dy, leading)) {
      watch?.(node, dy, term);
      accumulate(adjoints, value, term);
    }
    if (kept.has(node.output)) continue;
    adjoints.delete(node.output);
    dy.dispose();
  }
  for (const [value, adjoint] of adjoints) {
    if (kept.has(value)) continue;
    adjoints.delete(value);
    adjoint.dispose();
  }
  return adjoints;
}

/** The nodes that a value was computed by. */
export function leadingUpTo(value: Value | undefined, nodes: readonly TapeNode[]): TapeNode[] {
  const needed = new Set([value]);
  const used = [...nodes].reverse().filter(({ inputs, output }) => {
    if (needed.has(output)) for (const input of Object.values(inputs)) needed.add(input);
    return needed.has(output);
  });
  return used.reverse();
}

/** The wanted values and all that was computed from them: where else adjoints go is of no use. */
function leadingTo(wanted: ReadonlySet<Value>, nodes: readonly TapeNode[]): Set<Value> {
  const leading = new Set(wanted);
  for (const { inputs, output } of nodes) {
    if (Object.values(inputs).some((input) => leading.has(input))) leading.add(output);
  }
  return leading;
}

/** What a node adds to adjoints; what is recorded meanwhile belongs to its derivative. */
function contributions(
  node: TapeNode,
  dy: Tensor,
  asked: ReadonlySet<Value>,
): Array<[Value, Tensor]> {
  const before = differentiated;
  differentiated = opOf(node);
  try {
    return termsOf(node, dy, asked);
  } finally {
    differentiated = before;
  }
}

/** What one node adds to the adjoints of those of its inputs that are asked for. */
function termsOf(node: TapeNode, dy: Tensor, asked: ReadonlySet<Value>): Array<[Value, Tensor]> {
  const targets: Value[] = [];
  const terms = tidy(() => {
    const gradients = node.rule.gradient(view(node, dy));
    const results: Tensor[] = [];
    for (const [name, value] of Object.entries(node.inputs)) {
      const gradient = gradients[name];
      if (!asked.has(value) || gradient === undefined || value.shape.includes(0)) continue;
      const term = gradient();
      // The adjoint of the output is disposed after use: a rule that hands it on gives a copy.
      results.push(term.id === dy.id || results.some((t) => t.id === term.id) ? clone(term) : term);
      targets.push(value);
    }
    return results;
  });
  return terms.map((term, index) => [targets[index]!, term]);
}

function view(node: TapeNode, dy: Tensor): RuleNode {
  const saved = (value: Value | undefined, what: string): Tensor => {
    if (value?.saved === undefined) {
      throw new Error(
        `the gradient rule of ${node.rule.kernelName} uses ${what} but does not save it`,
      );
    }
    return value.saved;
  };
  return {
    dy,
    attrs: node.attrs,
    inputNames: Object.keys(node.inputs),
    input: (name) => saved(node.inputs[name], `input ${name}`),
    output: () => saved(node.output, "its output"),
    shapeOf: (name) => node.inputs[name]!.shape,
  };
}

function accumulate(adjoints: Adjoints, value: Value, term: Tensor): void {
  const before = adjoints.get(value);
  if (before === undefined) {
    adjoints.set(value, term);
    return;
  }
  adjoints.set(value, add(before, term));
  before.dispose();
  term.dispose();
}
