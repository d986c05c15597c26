import { scaled } from "../loss/vectors.js";

/** An eigenvector as it was found at earlier parameters, as long as its eigenvalue. */
export type Remembered = Float32Array;

/** Eigenpairs of the names `name`, `name/2`, `name/3` ..., the top one first. */
export function recall(memory: ReadonlyMap<string, Remembered>, name: string): Remembered[] {
  const pairs: Remembered[] = [];
  for (;;) {
    const next = memory.get(nameOf(name, pairs.length));
    if (next === undefined) return pairs;
    pairs.push(next);
  }
}

/** Eigenpairs to remember: those of positive eigenvalues. */
export function toRemember(
  vectors: readonly Float32Array[],
  values: readonly number[],
): Remembered[] {
  return vectors.flatMap((vector, k) => (values[k]! > 0 ? [scaled(vector, values[k]!)] : []));
}

/** Puts eigenpairs in the place of those remembered so far; none leaves them. */
export function remember(
  memory: Map<string, Remembered>,
  name: string,
  pairs: readonly Remembered[],
): void {
  if (pairs.length === 0) return;
  for (const [index] of recall(memory, name).entries()) memory.delete(nameOf(name, index));
  for (const [index, pair] of pairs.entries()) memory.set(nameOf(name, index), pair);
}

const nameOf = (name: string, index: number) => (index === 0 ? name : `${name}/${index + 1}`);
