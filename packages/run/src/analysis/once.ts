/** A function that computes its value when it is first called, and keeps it. */
export function once<T>(compute: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => {
    kept ??= { value: compute() };
    return kept.value;
  };
}

/** The same for each name. */
export function onceEach<T>(compute: (name: string) => T): (name: string) => T {
  const kept = new Map<string, () => T>();
  return (name) => {
    const known = kept.get(name) ?? once(() => compute(name));
    kept.set(name, known);
    return known();
  };
}
