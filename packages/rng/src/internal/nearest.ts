/** The name that was probably meant; undefined if none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  const rated = names.map((name) => ({ name, edits: edits(word, name) }));
  const best = rated.sort((a, b) => a.edits - b.edits)[0];
  return best !== undefined && best.edits <= most ? best.name : undefined;
}

/** Letters to insert, leave out, replace or swap with their neighbour, to make one word of another. */
function edits(from: string, to: string): number {
  const table = Array.from({ length: from.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= to.length; j++) table[0]![j] = j;
  for (let i = 1; i <= from.length; i++) {
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      table[i]![j] = Math.min(
        table[i - 1]![j]! + 1,
        table[i]![j - 1]! + 1,
        table[i - 1]![j - 1]! + (same ? 0 : 1),
        swapped ? table[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return table[from.length]![to.length]!;
}
