import { add, clone, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { GradientRule, RuleNode } from "./rule.js";
import type { TapeNode, Value } from "./value.js";

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

/** What one node adds to the adjoints of those of its inputs that are asked for. */
export function contributions(
  node: TapeNode,
  dy: Tensor,
  asked: ReadonlySet<Value>,
): Array<[Value, Tensor]> {
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

export function accumulate(adjoints: Adjoints, value: Value, term: Tensor): void {
  const before = adjoints.get(value);
  if (before === undefined) {
    adjoints.set(value, term);
    return;
  }
  adjoints.set(value, add(before, term));
  before.dispose();
  term.dispose();
}
