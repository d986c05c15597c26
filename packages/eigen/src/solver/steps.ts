/** A value, or the promise of one. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * An algorithm in steps: a generator that yields each promise it must wait for.
 *
 * Every algorithm of this package is written once, in this form. With synchronous products nothing
 * is ever yielded and `run` returns the plain result; the first promise turns the result into one.
 */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** Inside an algorithm: `const y = yield* wait(operator.apply(x))`. */
export function* wait<T>(value: MaybePromise<T>): Steps<T> {
  return isPromise(value) ? ((yield value) as T) : value;
}

/** Runs an algorithm to its end: at once if it never waits, otherwise as a promise. */
export function run<T>(steps: Steps<T>): MaybePromise<T> {
  const first = steps.next();
  return first.done ? first.value : resume(steps, first);
}

async function resume<T>(steps: Steps<T>, next: IteratorResult<Promise<unknown>, T>): Promise<T> {
  while (!next.done) {
    next = await Promise.resolve(next.value).then(
      (value) => steps.next(value),
      // The algorithm sees the rejection where it waited, so that its cleanup can run.
      (error) => steps.throw(error),
    );
  }
  return next.value;
}

function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === "function";
}
