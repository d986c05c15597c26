/**
 * What a call gives, and how often it drew from `Math.random`, which tfjs seeds its own random numbers with.
 *
 * @param call gets the count so far
 */
export function watchingRandom<T>(call: (draws: () => number) => T): { value: T; draws: number } {
  const { random } = Math;
  let draws = 0;
  Math.random = () => {
    draws += 1;
    return random();
  };
  try {
    const value = call(() => draws);
    return { value, draws };
  } finally {
    Math.random = random;
  }
}
