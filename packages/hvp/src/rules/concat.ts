import { reshape, slice, type Tensor } from "@tensorflow/tfjs-core";
import type { GradientRule, RuleNode } from "./rule.js";

/** y = the inputs one after another along an axis; the adjoint cuts it apart again. */
export const concatRule: GradientRule = {
  kernelName: "Concat",
  gradient: (node) => pieces(node, (name) => node.shapeOf(name)[axisOf(node)]!),
};

/** y = the inputs as entries of a new axis. */
export const packRule: GradientRule = {
  kernelName: "Pack",
  gradient: (node) => pieces(node, () => 1),
};

function pieces(node: RuleNode, widthOf: (name: string) => number): Record<string, () => Tensor> {
  const { dy, inputNames, shapeOf } = node;
  const axis = axisOf(node);
  let offset = 0;
  return Object.fromEntries(
    inputNames.map((name) => {
      const begin = dy.shape.map((_, index) => (index === axis ? offset : 0));
      const size = dy.shape.map((full, index) => (index === axis ? widthOf(name) : full));
      offset += widthOf(name);
      return [name, () => reshape(slice(dy, begin, size), shapeOf(name))];
    }),
  );
}

function axisOf({ dy, attrs }: RuleNode): number {
  const axis = attrs.axis as number;
  return axis < 0 ? axis + dy.rank : axis;
}
