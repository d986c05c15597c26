/**
 * What a call gives, and how often it drew from `Math.random`, which tfjs seeds its own random numbers with.
 *
 * @param call gets the count so far
 */
export function watchingRandom<T>(call: (draws: () => number) => T): { value: T; draws: number } {
  const watch = watched();
  try {
    const value = call(watch.draws);
    return { value, draws: watch.draws() };
  } finally {
    watch.end();
  }
}

/** `watchingRandom` of a call that is over when its promise is; draws of others meanwhile count too. */
export async function watchingRandomUntil<T>(
  call: () => Promise<T>,
): Promise<{ value: T; draws: number }> {
  const watch = watched();
  try {
    const value = await call();
    return { value, draws: watch.draws() };
  } finally {
    watch.end();
  }
}

function watched(): { draws: () => number; end: () => void } {
  const { random } = Math;
  let draws = 0;
  const counting = () => {
    draws += 1;
    return random();
  };
  Math.random = counting;
  return {
    draws: () => draws,
    end() {
      // Whoever put another one in its place keeps that.
      if (Math.random === counting) Math.random = random;
    },
  };
}
