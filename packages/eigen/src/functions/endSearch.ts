/** The ends of a spectrum that f(A)·b needs and nobody has given. */

import { tridiagonalEigen } from "../dense/tridiagonal.js";
import { extend, startKrylov } from "../lanczos/krylov.js";
import type { Products } from "../operators/operator.js";
import { outerEnd } from "../quadrature/ends.js";
import { roundingSoFar } from "../quadrature/sensitivity.js";
import type { Random } from "../solver/random.js";
import type { Steps } from "../solver/steps.js";
import type { VectorScope } from "../vectors/vectorScope.js";
import { normalize } from "../vectors/vectors.js";

/** What a Lanczos sequence from a random vector says of the two ends of the spectrum. */
export interface Ends {
  /** Below and above every eigenvalue, with probability 1 − δ each, at every step at once. */
  readonly lowerEnd: number;
  readonly upperEnd: number;
  /** Smallest and largest Ritz value: eigenvalues are as small and as large, for certain. */
  readonly least: number;
  readonly most: number;
  /** The smallest singular value is at most this: min √(θ² + residual²) over the Ritz pairs. */
  readonly smallest: number;
  /** What the products are wrong by. */
  readonly rounding: number;
}

/** Such a sequence. */
export interface EndSearch {
  /** Steps so far; each keeps a vector. */
  readonly steps: number;
  /** The space is exhausted: the ends are as sharp as they get. */
  readonly closed: boolean;
  step(): Steps<void>;
  /** @param failure δ */
  ends(failure?: number): Ends;
  release(): void;
}

export function* startEndSearch<V>(
  products: Products<V>,
  space: VectorScope<V>,
  random: Random,
): Steps<EndSearch> {
  const { vector, norm } = yield* normalize(space, space.random(products.n, random));
  const krylov = startKrylov(vector);
  const { diagonal, offDiagonal, basis } = krylov;
  return {
    get steps() {
      return diagonal.length;
    },
    get closed() {
      return offDiagonal.at(-1) === 0;
    },
    step: () => extend(krylov, products, space, 1e-3),
    ends(failure) {
      const m = diagonal.length;
      const last = new Float64Array(m);
      last[m - 1] = 1;
      const ritz = tridiagonalEigen(diagonal, offDiagonal, [last]);
      const rounding = roundingSoFar(krylov, space);
      const starts = [{ diagonal, offDiagonal, square: norm ** 2, rounding }];
      const residuals = last.map((s) => s * offDiagonal[m - 1]!);
      return {
        lowerEnd: outerEnd(starts, ritz[m - 1]!, -1, failure),
        upperEnd: outerEnd(starts, ritz[0]!, 1, failure),
        least: ritz[m - 1]!,
        most: ritz[0]!,
        smallest: Math.min(...ritz.map((x, i) => Math.hypot(x, residuals[i]!))) + rounding,
        rounding,
      };
    },
    release() {
      for (const v of basis) space.release(v);
    },
  };
}
