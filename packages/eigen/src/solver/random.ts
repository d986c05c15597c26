/** A seeded source of random numbers; the same seed gives the same numbers on every platform. */
export interface Random {
  /** Uniform in [0, 1), 32 random bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** −1 or +1, each with probability ½ (Rademacher). */
  sign(): number;
}

/**
 * Generator sfc32 behind the three distributions that the solvers need.
 *
 * @param seed any integer; `stream` separates independent uses of one seed
 * @see Doty-Humphrey, PractRand: sfc32; Box & Muller (1958) for the normal variates
 * @example
 * createRandom(7).uniform() === createRandom(7).uniform(); // true
 */
export function createRandom(seed: number, stream = 0): Random {
  let a = seed | 0;
  let b = (seed / 2 ** 32) | 0;
  let c = stream | 0;
  let counter = 1;
  let first = false;
  let radius = 0;
  let angle = 0;

  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  // Nearby seeds leave similar numbers until the state has mixed.
  for (let i = 0; i < 15; i++) bits();

  const uniform = (): number => bits() / 2 ** 32;
  const normal = (): number => {
    // They come in pairs.
    first = !first;
    if (first) {
      radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      angle = 2 * Math.PI * uniform();
    }
    return radius * (first ? Math.cos(angle) : Math.sin(angle));
  };
  return { uniform, normal, sign: () => (uniform() < 0.5 ? -1 : 1) };
}
