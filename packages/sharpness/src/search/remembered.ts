// Eigenvectors that a quantity keeps from one measurement to the next.
import { type Space, solversOf } from "../loss/space.js";

/** Vectors by name. They belong to whoever made the map, those that leave it too. */
export type Memory<V> = Map<string, V>;

/** Eigenpairs of the names `name`, `name/2`, `name/3` ..., the top one first; as long as their eigenvalue. */
export function recall<V>(memory: ReadonlyMap<string, V>, name: string): V[] {
  const pairs: V[] = [];
  for (;;) {
    const next = memory.get(nameOf(name, pairs.length));
    if (next === undefined) return pairs;
    pairs.push(next);
  }
}

/** Puts eigenpairs of positive eigenvalues in the place of those remembered so far; none leaves them. */
export function remember<V>(
  memory: Memory<V>,
  name: string,
  { vectors, values }: { readonly vectors: readonly V[]; readonly values: readonly number[] },
  space: Space<V>,
): void {
  const kept = solversOf(space);
  const pairs = vectors.flatMap((vector, k) =>
    values[k]! > 0 ? [kept.scale(values[k]!, kept.copy(vector))] : [],
  );
  if (pairs.length === 0) return;
  for (const [index] of recall(memory, name).entries()) memory.delete(nameOf(name, index));
  for (const [index, pair] of pairs.entries()) memory.set(nameOf(name, index), pair);
}

const nameOf = (name: string, index: number) => (index === 0 ? name : `${name}/${index + 1}`);
