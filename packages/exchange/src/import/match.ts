import type { Network } from "@eoss/lab";
import { type Layout, shapeHere } from "./layout.js";
import type { GivenTensors } from "./weightsFile.js";

type Spec = Network["parameters"][number];

/** The name in the file of each parameter of the network, in the network's order. */
export type Match = readonly (readonly [parameter: Spec, name: string])[];

/** The tensors of a layer by their role, and its number among those that are named like it. */
interface Layer {
  readonly name: string;
  readonly roles: ReadonlyMap<string, { readonly name: string; readonly shape: readonly number[] }>;
}

/** Why tensors cannot be matched. */
export class MismatchError extends Error {}

/**
 * Finds each parameter of a network among the tensors of a file:
 *
 * - by name, if the names are the same;
 * - by number, if they are arr_0, arr_1, ..., as NumPy names arrays that were saved in order;
 * - else by layers: those with the same kernel and bias, by shape; where several have the same shapes,
 *   their names may differ in numbers alone, which say the order.
 *
 * @throws MismatchError where that leaves anything open
 */
export function match({ parameters }: Network, tensors: GivenTensors, layout: Layout): Match {
  const names = [...tensors.keys()];
  if (names.length !== parameters.length) {
    throw new MismatchError(
      `the file has ${names.length} tensors, the network has ${parameters.length}`,
    );
  }
  const pairs = parameters.every(({ name }) => tensors.has(name))
    ? parameters.map((spec) => [spec, spec.name] as const)
    : parameters.every((_, index) => tensors.has(`arr_${index}`))
      ? parameters.map((spec, index) => [spec, `arr_${index}`] as const)
      : byLayers(parameters, tensors, layout);
  for (const [{ name, shape }, theirs] of pairs) {
    const here = shapeHere(tensors.get(theirs)!.shape, layout);
    if (here.join() === shape.join()) continue;
    throw new MismatchError(`${theirs} has the shape [${here}] here, but ${name} is [${shape}]`);
  }
  return pairs;
}

function byLayers(parameters: readonly Spec[], tensors: GivenTensors, layout: Layout): Match {
  const own = groupsOf(parameters, (shape) => shape);
  const given = groupsOf(
    [...tensors].map(([name, { shape }]) => ({ name, shape })),
    (shape) => shapeHere(shape, layout),
  );
  const found = new Map<string, string>();
  for (const [shapes, layers] of own) {
    const theirs = given.get(shapes) ?? [];
    if (theirs.length !== layers.length) {
      throw new MismatchError(
        `layers with ${shapes}: the network has ${layers.length}, the file has ${theirs.length}`,
      );
    }
    const ordered = theirs.length === 1 ? theirs : inOrder(theirs, shapes);
    for (const [index, { roles }] of layers.entries()) {
      for (const [role, { name }] of roles) found.set(name, ordered[index]!.roles.get(role)!.name);
    }
  }
  return parameters.map((spec) => [spec, found.get(spec.name)!]);
}

/** Layers by what they have: roles and shapes. */
function groupsOf(
  tensors: readonly Pick<Spec, "name" | "shape">[],
  shapeOf: (shape: readonly number[]) => readonly number[],
): Map<string, Layer[]> {
  const layers = new Map<string, Map<string, { name: string; shape: readonly number[] }>>();
  for (const { name, shape } of tensors) {
    const { layer, role } = partsOf(name, shape.length);
    const roles = layers.get(layer) ?? new Map();
    if (roles.has(role)) throw new MismatchError(`the layer ${layer} has two of ${role}`);
    layers.set(layer, roles.set(role, { name, shape: shapeOf(shape) }));
  }
  const groups = new Map<string, Layer[]>();
  for (const [name, roles] of layers) {
    const key = [...roles]
      .map(([role, { shape }]) => `${role} [${shape}]`)
      .sort()
      .join(" and ");
    groups.set(key, [...(groups.get(key) ?? []), { name, roles }]);
  }
  return groups;
}

/** What the last words of names mean, for a tensor of several axes and for a vector. */
const ROLES: Readonly<Record<string, readonly [matrix: string | null, vector: string | null]>> = {
  kernel: ["kernel", null],
  weight: ["kernel", "gain"],
  bias: [null, "bias"],
  beta: [null, "bias"],
  gain: [null, "gain"],
  gamma: [null, "gain"],
  scale: [null, "gain"],
};

/** `net/dense_1/kernel:0` is the kernel of the layer net.dense_1. */
function partsOf(name: string, rank: number): { layer: string; role: string } {
  const words = name.replace(/:0$/, "").split(/[./]/);
  const last = words.pop()!;
  const role = Object.hasOwn(ROLES, last) ? ROLES[last]![rank >= 2 ? 0 : 1] : null;
  if (role === null) {
    throw new MismatchError(
      `the role of ${name} is unknown: name tensors LAYER.weight and LAYER.bias (PyTorch) or ` +
        "LAYER.kernel and LAYER.bias, with a number in LAYER, or arr_0, arr_1, ... in the order of " +
        "the network",
    );
  }
  return { layer: words.join("."), role };
}

/** By the numbers in their names; `dense`, `dense_1`, `dense_2` begins with the one without. */
function inOrder(layers: readonly Layer[], shapes: string): readonly Layer[] {
  const numbered = layers.map((layer) => {
    const [, stem, last] = /^(.*?)_?(\d*)$/s.exec(layer.name)!;
    const numbers = [...(stem!.match(/\d+/g) ?? []), last || "-1"].map(Number);
    return { layer, numbers, text: stem!.replace(/\d+/g, "#") };
  });
  if (numbered.some(({ text }) => text !== numbered[0]!.text)) {
    throw new MismatchError(
      `the layers ${layers.map(({ name }) => name).join(", ")} all have ${shapes}, and their names do ` +
        "not give their order: use names that differ only in a number",
    );
  }
  const compare = (a: readonly number[], b: readonly number[]) =>
    a.map((n, i) => n - b[i]!).find((difference) => difference !== 0) ?? 0;
  return numbered.sort((a, b) => compare(a.numbers, b.numbers)).map(({ layer }) => layer);
}
