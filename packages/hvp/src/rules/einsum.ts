import { matMul, reshape, sum, type Tensor, transpose } from "@tensorflow/tfjs-core";
import type { Decomposition } from "./rule.js";

/**
 * Einstein summation, pair by pair, each as transposes and one batched matrix product:
 *
 *     y[batch, left, right] = Σ_inner a[batch, left, inner]·b[batch, inner, right]
 *
 * Indices of one tensor alone that neither the result nor a later tensor has are summed first. (The
 * kernel of tfjs takes no more than two tensors.)
 */
export const einsumDecomposition: Decomposition = {
  kernelName: "Einsum",
  decompose(inputs, attrs) {
    const tensors = Object.values(inputs);
    const equation = (attrs.equation as string).replace(/\s/g, "");
    const [terms = "", result = ""] = equation.split("->");
    const indices = terms.split(",");
    if (/[^a-zA-Z,>-]/.test(equation) || indices.length !== tensors.length) return undefined;
    if ([...indices, result].some((term) => new Set(term).size !== term.length)) return undefined;
    let [product, of] = [tensors[0]!, indices[0]!];
    for (const [k, x] of tensors.slice(1).entries()) {
      const later = result + indices.slice(k + 2).join("");
      const wanted = [...new Set(of + indices[k + 1]!)].filter((index) => later.includes(index));
      const left = k + 2 < tensors.length ? wanted.join("") : result;
      product = contracted(product, of, x, indices[k + 1]!, left);
      of = left;
    }
    return arranged(product, of, result);
  },
};

/** Sums over indices that `wanted` lacks and puts the others into its order. */
function arranged(x: Tensor, indices: string, wanted: string): Tensor {
  const summed = [...indices].flatMap((index, axis) => (wanted.includes(index) ? [] : [axis]));
  const rest = [...indices].filter((index) => wanted.includes(index));
  const total = summed.length > 0 ? sum(x, summed) : x;
  return transpose(
    total,
    [...wanted].map((index) => rest.indexOf(index)),
  );
}

function contracted(a: Tensor, ia: string, b: Tensor, ib: string, result: string): Tensor {
  const sizes = new Map<string, number>();
  for (const [axis, index] of [...ia].entries()) sizes.set(index, a.shape[axis]!);
  for (const [axis, index] of [...ib].entries()) sizes.set(index, b.shape[axis]!);
  const size = (indices: string[]) => indices.reduce((n, index) => n * sizes.get(index)!, 1);
  const both = [...ia].filter((index) => ib.includes(index));
  const batch = both.filter((index) => result.includes(index));
  const inner = both.filter((index) => !result.includes(index));
  const left = [...ia].filter((index) => !ib.includes(index) && result.includes(index));
  const right = [...ib].filter((index) => !ia.includes(index) && result.includes(index));
  const x = arranged(a, ia, [...batch, ...left, ...inner].join(""));
  const y = arranged(b, ib, [...batch, ...inner, ...right].join(""));
  const product = matMul(
    reshape(x, [size(batch), size(left), size(inner)]),
    reshape(y, [size(batch), size(inner), size(right)]),
  );
  const order = [...batch, ...left, ...right];
  const shaped = reshape(
    product,
    order.map((index) => sizes.get(index)!),
  );
  return arranged(shaped, order.join(""), result);
}
