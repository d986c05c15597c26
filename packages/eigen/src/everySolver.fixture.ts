import {
  type AsyncVectorSpace,
  applyFunction,
  arnoldi,
  blockLanczos,
  type ComplexVector,
  cg,
  chebyshevSubspace,
  conditionNumber,
  createRandom,
  eigenvaluesAbove,
  eigenvaluesNear,
  generalizedLanczos,
  generalizedLobpcg,
  hermitianLanczos,
  hutchinson,
  hutchPlusPlus,
  type LinearOperator,
  lanczos,
  lanczosWithCopies,
  lobpcg,
  lsqr,
  minres,
  nystrom,
  powerIteration,
  product,
  type RectangularOperator,
  spectralDensity,
  spectralNorm,
  svds,
  track,
  xtrace,
} from "@eoss/eigen";

/** A function that takes products of an operator over any space. */
export interface SolverCase {
  readonly name: string;
  /** @param extra settings beside those of the case, to see them refused */
  solve<V>(
    operator: LinearOperator<V>,
    space: AsyncVectorSpace<V>,
    extra?: Record<string, unknown>,
  ): unknown;
  /** How many vectors the result holds. */
  readonly vectors: number;
}

/**
 * Every function of the package that takes an operator, with settings that need restarts, several
 * searches and so on. What must hold of all of them (contract, release, settings) is tested over
 * this list; the operator is positive definite, of size at least 40, with four eigenvalues above 5.5
 * and the rest below 3.
 */
export const everySolver: readonly SolverCase[] = [
  {
    name: "lanczos",
    solve: (operator, space, extra) =>
      lanczos({ k: 2, basisSize: 6, rtol: 1e-8, space, ...extra })(operator),
    vectors: 2,
  },
  {
    // Each vector has a real and an imaginary part.
    name: "arnoldi",
    solve: (operator, space, extra) =>
      arnoldi({ k: 2, basisSize: 14, rtol: 1e-6, space, ...extra })(operator),
    vectors: 4,
  },
  {
    name: "lanczosWithCopies",
    solve: (operator, space, extra) =>
      lanczosWithCopies({ k: 2, basisSize: 6, rtol: 1e-8, space, ...extra })(operator),
    vectors: 2,
  },
  {
    name: "track",
    solve: (operator, space, extra) => track({ k: 2, space, ...extra })(operator),
    vectors: 2,
  },
  {
    name: "blockLanczos",
    solve: (operator, space, extra) =>
      blockLanczos({ k: 2, basisSize: 8, rtol: 1e-8, space, ...extra })(operator),
    vectors: 2,
  },
  {
    name: "lobpcg",
    solve: (operator, space, extra) => lobpcg({ k: 2, blockSize: 3, space, ...extra })(operator),
    vectors: 2,
  },
  {
    name: "chebyshevSubspace",
    solve: (operator, space, extra) =>
      chebyshevSubspace({ k: 2, blockSize: 4, space, ...extra })(operator),
    vectors: 4,
  },
  {
    name: "powerIteration",
    solve: (operator, space, extra) => powerIteration({ rtol: 1e-3, space, ...extra })(operator),
    vectors: 1,
  },
  {
    name: "eigenvaluesAbove",
    solve: (operator, space, extra) =>
      eigenvaluesAbove({ threshold: 7.5, space, ...extra })(operator),
    vectors: 2,
  },
  {
    // A is the square of B, so that B comes to the same contract.
    name: "generalizedLanczos",
    solve: (operator, space, extra) =>
      generalizedLanczos({ basisSize: 4, rtol: 0.1, space, ...extra })(
        product([operator, operator], { space }),
        { B: operator },
      ),
    vectors: 1,
  },
  {
    name: "generalizedLanczos with a solve",
    solve: (operator, space, extra) =>
      generalizedLanczos({ k: 2, basisSize: 6, rtol: 1e-4, space, ...extra })(operator, {
        B: multipleOfIdentity(operator.n, 2, space),
        solve: multipleOfIdentity(operator.n, 0.5, space),
      }),
    vectors: 2,
  },
  {
    name: "generalizedLobpcg",
    solve: (operator, space, extra) =>
      generalizedLobpcg({ blockSize: 2, rtol: 0.3, space, ...extra })(operator, {
        B: multipleOfIdentity(operator.n, 2, space),
      }),
    vectors: 1,
  },
  {
    name: "hermitianLanczos",
    solve: (operator, space, extra) =>
      hermitianLanczos({ k: 2, basisSize: 6, rtol: 1e-4, space, ...extra })(
        onBothParts(operator, space),
      ),
    vectors: 4,
  },
  {
    name: "hutchinson",
    solve: (operator, space, extra) => hutchinson({ matvecs: 6, space, ...extra })(operator),
    vectors: 0,
  },
  {
    name: "hutchPlusPlus",
    solve: (operator, space, extra) => hutchPlusPlus({ matvecs: 12, space, ...extra })(operator),
    vectors: 0,
  },
  {
    name: "xtrace",
    solve: (operator, space, extra) => xtrace({ matvecs: 12, space, ...extra })(operator),
    vectors: 0,
  },
  {
    name: "spectralDensity",
    solve: (operator, space, extra) =>
      spectralDensity({ samples: 2, steps: 8, space, ...extra })(operator),
    vectors: 0,
  },
  {
    name: "nystrom",
    solve: (operator, space, extra) => nystrom({ rank: 5, space, ...extra })(operator),
    vectors: 5,
  },
  {
    name: "cg",
    solve: (operator, space, extra) =>
      withVector(operator, space, (b) => cg({ rtol: 1e-6, space, ...extra })(operator, { b })),
    vectors: 1,
  },
  {
    name: "minres",
    solve: (operator, space, extra) =>
      withVector(operator, space, (b) => minres({ rtol: 1e-6, space, ...extra })(operator, { b })),
    vectors: 1,
  },
  {
    name: "lsqr",
    solve: (operator, space, extra) =>
      withVector(operator, space, (b) =>
        lsqr({ rtol: 1e-6, space, ...extra })(asRectangular(operator), { b }),
      ),
    vectors: 1,
  },
  {
    name: "eigenvaluesNear",
    solve: (operator, space, extra) =>
      eigenvaluesNear({ sigma: 7.4, k: 2, space, ...extra })(operator),
    vectors: 2,
  },
  {
    name: "svds",
    solve: (operator, space, extra) =>
      svds({ k: 2, basisSize: 6, rtol: 1e-8, space, ...extra })(asRectangular(operator)),
    vectors: 4,
  },
  {
    name: "applyFunction",
    solve: async (operator, space, extra) => {
      const settings = { basisSize: 14, rtol: 1e-5, derivatives: "alternating" as const };
      const solver = applyFunction((x) => 1 / x, { ...settings, space, ...extra });
      const b = space.random(operator.n, createRandom(3));
      try {
        return await solver(operator, b);
      } finally {
        space.release(b);
      }
    },
    vectors: 1,
  },
  {
    name: "spectralNorm",
    solve: (operator, space, extra) => spectralNorm({ space, ...extra })(operator),
    vectors: 0,
  },
  {
    name: "conditionNumber",
    solve: (operator, space, extra) => conditionNumber({ space, ...extra })(operator),
    vectors: 0,
  },
];

/** x ↦ c·x over any space. */
function multipleOfIdentity<V>(
  n: number,
  c: number,
  space: AsyncVectorSpace<V>,
): LinearOperator<V> {
  return { n, apply: (x) => space.scale(c, space.copy(x)) };
}

/** A symmetric operator is its own transpose. */
function asRectangular<V>({ n, apply }: LinearOperator<V>): RectangularOperator<V> {
  return { rows: n, columns: n, apply, applyTransposed: apply };
}

/** What becomes of a random right-hand side, which is released in the end. */
async function withVector<V>(
  { n }: LinearOperator<V>,
  space: AsyncVectorSpace<V>,
  act: (b: V) => unknown,
): Promise<unknown> {
  const b = space.random(n, createRandom(7));
  try {
    return await act(b);
  } finally {
    space.release(b);
  }
}

/** A real operator on the real and the imaginary part of complex vectors. */
function onBothParts<V>(
  { n, apply }: LinearOperator<V>,
  space: AsyncVectorSpace<V>,
): LinearOperator<ComplexVector<V>> {
  return {
    n,
    apply(x, out) {
      const re = apply(x.re, out?.re) as V;
      try {
        const im = apply(x.im, out?.im) as V;
        return re === undefined || im === undefined ? undefined : { re, im };
      } catch (error) {
        // An operator that fails cleans up what it has made itself.
        space.release(re);
        throw error;
      }
    },
  };
}
