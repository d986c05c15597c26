import { spectralDensity } from "@eoss/eigen";
import type { LossView } from "../loss/lossView.js";
import { PRODUCT_ERROR } from "../loss/rounding.js";
import { multiply, norm, type Operator, solversOf, type Vector } from "../loss/space.js";
import { NOT_FINITE, type Part, type Reading, type SingleQuantity } from "../registry/quantity.js";
import { withPauses } from "../search/solveTop.js";
import { covarianceScale, outputsOfSample } from "./gradientNoise.js";

/** Random vectors of the estimates: the next is made while the standard error is too large, ... */
const VECTORS = [8, 24];
/** ... and steps from each. */
const STEPS = 20;
/**
 * What the top eigenvalues become for the estimate of the others, relative to the largest: little, and not
 * nothing, so that rounding never is all there is.
 */
const LOWERED = 0.01;

/**
 * Norm K of the noise kernel of plain SGD on squared error: batch noise makes batch noise in turn, and from
 * K = 1 on more of it with every step. It is the edge of stability that small batches have:
 *
 *   K = η·s/C · Σ_α λ_α/(2 − ηλ_α),   s = (n − b)/(b(n − 1))
 *
 * λ_α are the eigenvalues of the Gauss–Newton matrix of all n samples with C outputs each. With the
 * outputs linear in θ, p_α = E(v_αᵀr)² of the residuals r along an eigenvector v_α of the tangent kernel follows
 *
 *   p_α ← (1 − ηλ_α)² p_α + η²λ_α² (s/C) Σ_β p_β
 *
 * if each v_α is spread evenly over samples and outputs, and g·gᵀ is left out of the covariance of the noise; it
 * grows without end from K = 1 on. For small ηλ and b ≪ n, K ≈ η·tr G/(2bC). That spread is assumed, not
 * measured: with linear networks of normal features and b = 4, noise begins to grow at K = 0.84 to 0.96 for n = 40
 * and at 0.99 for n = 160. On other losses the sum is that of their own Gauss–Newton matrix, for which nothing is derived. No
 * value where ηλmax ≥ 2: there the whole loss is beyond its own edge.
 *
 * By stochastic Lanczos quadrature, the top eigenvectors apart (as many as are measured: `top`). Margin: the
 * random vectors. Error bound: the quadrature, and f″·‖R‖² of the residuals R of the top eigenvectors. Parts:
 * `top`, what of K is theirs; `trace`, η·s/C·tr G/2.
 *
 * @see Agarwala & Pennington (2024), High dimensional analysis reveals conservative sharpening and a stochastic
 *   edge of stability, arXiv 2404.19261
 */
export const noiseKernelNorm: SingleQuantity = {
  name: "noise-kernel-norm",
  description: "how strongly batch noise feeds itself on squared error: unstable from 1 on",
  over: "full",
  unit: "none",
  matrix: "mean-square",
  needs: ["outputs", "learning-rate"],
  reads: ["tolerance", "top", "certify"],
  cost: "160 to 640 products over all samples, and those of full-gauss-newton",
  async measure(view, { problem, tolerance, stream, pause }) {
    const { learningRate: eta } = problem.update!;
    const classes = await outputsOfSample(view, "noise-kernel-norm");
    const scale = (eta * covarianceScale(problem)) / classes;
    if (scale === 0) return { value: 0, errorBound: 0, products: 0, status: "exact" };
    if (!(await view.isFinite())) return NOT_FINITE;
    const found = await view.top("gauss-newton");
    let { products } = found;
    const upperEnd = found.value + (found.errorBound ?? 0);
    if (!(eta * upperEnd < 2)) return { ...NOT_FINITE, products };
    const share = (lambda: number) => lambda / (2 - eta * lambda);
    const lowered = LOWERED * found.value;
    const { along, rounding, residual, rest } = await withLowered(view, found.vectors, lowered);
    products += found.vectors.length;
    const sum = (f: (lambda: number) => number) => along.reduce((total, x) => total + f(x), 0);
    const ofTop = sum(share);
    // With f = λ/(2 − ηλ): f′ of the rounding, and ½·f″·‖E‖² of what couples both parts, R and its transpose.
    const slack = 2 - eta * upperEnd;
    const coupled = (2 / slack ** 2) * rounding + ((4 * eta) / slack ** 3) * residual ** 2;
    for (const [attempt, samples] of VECTORS.entries()) {
      const density = await spectralDensity({
        ...{ samples, steps: STEPS, upperEnd, seed: stream.uint32At(attempt) },
        space: solversOf(rest.space),
      })(withPauses(rest, pause));
      products += density.matvecs;
      const partOf = (integral: ReturnType<typeof density.trace>, known: number, more: number) => ({
        value: scale * (known + integral.value),
        standardError: scale * integral.standardError,
        margin: scale * (integral.error - integral.quadratureError),
        errorBound: scale * (integral.quadratureError + more),
      });
      const whole = partOf(
        density.trace(share, "equal"),
        sum((x) => share(x) - share(lowered)),
        coupled,
      );
      const enough = whole.standardError <= tolerance * whole.value;
      if (!enough && attempt < VECTORS.length - 1) continue;
      const parts: Record<string, Part> = {
        top: { value: scale * ofTop, errorBound: scale * coupled },
        trace: partOf(
          density.trace((lambda) => lambda / 2, "equal"),
          sum((x) => (x - lowered) / 2),
          rounding / 2,
        ),
      };
      const status = enough ? "converged" : "budget-spent";
      return { ...whole, errorKind: found.errorKind, products, status, parts } satisfies Reading;
    }
    throw new Error("unreachable: the last attempt is always taken");
  },
};

/** The Gauss–Newton matrix with another eigenvalue for some of its eigenvectors, and what theirs are. */
async function withLowered(view: LossView, vectors: readonly Vector[], lowered: number) {
  const matrix = view.curvature("gauss-newton");
  const { space } = matrix;
  const along: number[] = [];
  let rounding = 0;
  let square = 0;
  for (const v of vectors) {
    const image = await multiply(matrix, v);
    const lambda = await space.dot(v, image);
    along.push(lambda);
    rounding += PRODUCT_ERROR * (await norm(space, image));
    const residual = space.axpy(-lambda, v, image);
    square += (await norm(space, residual)) ** 2;
    space.release(residual);
  }
  const rest: Operator<Vector> = {
    n: matrix.n,
    space,
    async apply(x) {
      let inside = space.copy(x);
      const parts: number[] = [];
      for (const v of vectors) {
        const part = await space.dot(v, inside);
        parts.push(part);
        inside = space.axpy(-part, v, inside);
      }
      let image = await multiply(matrix, inside);
      space.release(inside);
      for (const [k, v] of vectors.entries()) {
        const along = await space.dot(v, image);
        image = space.axpy(lowered * parts[k]! - along, v, image);
      }
      return image;
    },
  };
  return { along, rounding, residual: Math.sqrt(square), rest };
}
