/** Settles once from outside. */
interface Signal {
  readonly promise: Promise<void>;
  resolve(): void;
}

function signal(): Signal {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/**
 * What a computation tells of on its way, value by value, and what it comes to.
 *
 * The computation awaits `taken` now and then: that resolves when whoever iterates has done with all that
 * was told. So nothing is told of that a kill could still lose while the computation goes on. If the
 * iteration is left early, `taken` rejects with an AbortError, and the iteration ends when the computation
 * has.
 *
 * @throws what the computation throws, after all that it had told of
 */
export async function* handOver<T, R>(
  compute: (tell: (value: T) => void, taken: () => Promise<void>) => Promise<R>,
): AsyncGenerator<T, R, void> {
  const told: T[] = [];
  let news = signal();
  let takes = signal();
  let isDone = false;
  let isLeft = false;
  const taken = async () => {
    while (told.length > 0 && !isLeft) await takes.promise;
    if (isLeft) throw new DOMException("nothing more is taken", "AbortError");
  };
  const computing = compute((value) => {
    told.push(value);
    news.resolve();
  }, taken).finally(() => {
    isDone = true;
    news.resolve();
  });
  // It is thrown when the iteration comes to it.
  computing.catch(() => {});
  try {
    for (;;) {
      while (told.length > 0) {
        yield told[0]!;
        told.shift();
        takes.resolve();
        takes = signal();
      }
      if (isDone) return await computing;
      await news.promise;
      news = signal();
    }
  } finally {
    isLeft = true;
    takes.resolve();
    await computing.catch(() => {});
  }
}
