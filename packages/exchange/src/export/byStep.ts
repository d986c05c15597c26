/** What has a step, by its step, in the order of first appearance. */
export function byStep<T extends { readonly step: number }>(items: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.step);
    if (group === undefined) groups.set(item.step, [item]);
    else group.push(item);
  }
  return groups;
}
