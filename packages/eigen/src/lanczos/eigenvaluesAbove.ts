/** All eigenvalues above a threshold. */

import { roundingOf, tolerance } from "../certificates/convergence.js";
import { certify } from "../certificates/errorBounds.js";
import { countProducts, type LinearOperator, type Products } from "../operators/operator.js";
import { check, checkNumber, checkProbability } from "../solver/error.js";
import { checkNames } from "../solver/names.js";
import { createRandom } from "../solver/random.js";
import { advice } from "../solver/report.js";
import type { EigenResult, ProbableBound, Status } from "../solver/result.js";
import { checkBasis, type Shared, sharedSettings } from "../solver/settings.js";
import type { AsyncSolver, Solver } from "../solver/solver.js";
import type { Steps } from "../solver/steps.js";
import { type Block, locallyOptimal } from "../subspace/locallyOptimal.js";
import { orthonormalize } from "../vectors/block.js";
import { type AsyncVectorSpace, float64, type VectorSpace } from "../vectors/space.js";
import { copiesOf } from "../vectors/startVector.js";
import { solve, type VectorScope } from "../vectors/vectorScope.js";
import { type SearchSettings, searchComplement } from "./complement.js";
import type { LanczosSettings } from "./lanczos.js";

/** Settings of `eigenvaluesAbove`: those of `lanczos`, with a threshold instead of k and an end. */
export interface ThresholdSettings<S>
  extends Omit<
    LanczosSettings<S>,
    "k" | "which" | "history" | "onProgress" | "witness" | "certify"
  > {
  /** τ: every eigenvalue above it is wanted; for SGD with step size η, τ = 2/η. */
  readonly threshold: number;
  /**
   * Search the complement of what was found until nothing above τ is left there, with the
   * probability 1 − `certify`: finds repeated eigenvalues and what a warm start hides. Default true.
   */
  readonly verify?: boolean;
  /** δ: probability with which an eigenvalue above τ may be missed; default 1e-6. */
  readonly certify?: number;
}

/** The eigenpairs above the threshold; none at all is a result too. */
export interface ThresholdResult<V> extends EigenResult<V> {
  /**
   * Indices of the pairs whose interval θ ± errorBound holds τ, so that nobody can say on which side
   * the eigenvalue lies. None where the status is "converged".
   */
  readonly undecided: readonly number[];
  /** Upper bound, with its probability, of every eigenvalue of A that is not in the result. */
  readonly remainder?: ProbableBound;
}

/**
 * All eigenvalues above a threshold, however many they are.
 *
 *   { λᵢ : λᵢ > τ }
 *
 * Lanczos runs from a random vector until each Ritz value above τ has converged and its interval
 * lies above τ. Then it runs again in the orthogonal complement of all pairs that are known, until a
 * search shows, with a stated probability, that no eigenvalue above τ is left there. Whatever a
 * search finds joins the others by Rayleigh–Ritz on one orthonormal basis, with products of A itself:
 * values, residuals and bounds are those of A.
 *
 * An eigenvalue that rounding cannot tell from τ ends the search with status "rounding", and its
 * pair is named in `undecided`: the number of eigenvalues above τ is then known up to those pairs.
 *
 * Track a spectrum by passing the last `vectors` as `start`.
 * @example
 * const counts = { n: 10, apply: (x) => x.map((v, i) => v * (i + 1)) };
 * eigenvaluesAbove({ threshold: 7.5 })(counts).values; // [10, 9, 8]
 */
export function eigenvaluesAbove(
  settings: ThresholdSettings<undefined>,
): Solver<Float64Array, { start?: Float64Array[] }, ThresholdResult<Float64Array>>;
export function eigenvaluesAbove<V>(
  settings: ThresholdSettings<VectorSpace<V>>,
): Solver<V, { start?: V[] }, ThresholdResult<V>>;
export function eigenvaluesAbove<V>(
  settings: ThresholdSettings<AsyncVectorSpace<V>>,
): AsyncSolver<V, { start?: V[] }, ThresholdResult<V>>;
export function eigenvaluesAbove<V>(
  settings: ThresholdSettings<AsyncVectorSpace<V> | undefined>,
): AsyncSolver<V, { start?: V[] }, ThresholdResult<V>> {
  const own = "threshold basisSize symmetryTol certify verify";
  const shared = sharedSettings("eigenvaluesAbove", settings, own, "k which history onProgress");
  const {
    threshold,
    basisSize,
    symmetryTol = 1e-3,
    certify: delta = 1e-6,
    verify = true,
  } = settings;
  check(Number.isFinite(threshold), `threshold must be a finite number, got ${threshold}`);
  checkBasis(basisSize, 2);
  checkNumber("symmetryTol", symmetryTol, 0);
  checkProbability("certify", delta);
  const space = settings.space ?? (float64() as unknown as AsyncVectorSpace<V>);
  const plan: Plan = { ...shared, threshold, basisSize, symmetryTol, delta, verify };
  return (operator, data = {}) => {
    checkNames("eigenvaluesAbove()(operator, …)", data, "start");
    return solve(space, (scope) => findAll(operator, scope, plan, data.start));
  };
}

interface Plan extends Shared, Pick<SearchSettings, "basisSize" | "symmetryTol"> {
  readonly threshold: number;
  readonly delta: number;
  readonly verify: boolean;
}

/** Pairs that are known, of A. */
interface Known<V> {
  values: Float64Array;
  vectors: V[];
  residuals: Float64Array;
  /** A times the vectors; nobody has needed them before a second search finds something. */
  images?: V[];
  rounding: number;
  /** ‖A‖, as far as it has been seen. */
  scale: number;
}

function* findAll<V>(
  operator: LinearOperator<V>,
  space: VectorScope<V>,
  plan: Plan,
  start: readonly V[] | undefined,
): Steps<ThresholdResult<V>> {
  const { threshold, delta, maxMatvecs, verify } = plan;
  const products = countProducts(operator, space);
  const { n } = products;
  const random = createRandom(plan.seed);
  const nothing = new Float64Array(0);
  let known: Known<V> = { values: nothing, residuals: nothing, vectors: [], rounding: 0, scale: 0 };
  /** Orthonormal beside the known vectors: what later searches have found. */
  let found: V[] = [];
  let scale = 0;
  let status: Status = "converged";
  let remainder: ProbableBound | undefined;

  const unitingCosts = () => known.vectors.length + found.length - (known.images?.length ?? 0);
  /** What was found becomes known. Returns whether that has left the span of all as it was. */
  function* unite(): Steps<boolean> {
    if (products.spent + unitingCosts() > maxMatvecs) {
      status = "budget-spent";
      remainder = undefined;
      for (const v of found.splice(0)) space.release(v);
      return true;
    }
    const united = yield* join(products, space, { ...plan, scale }, known, found.splice(0));
    ({ known, status } = united);
    scale = Math.max(scale, known.scale);
    if (!united.isSpan) remainder = undefined;
    return united.isSpan;
  }

  if (start && start.length > 0) {
    const copies = copiesOf(start, n, space, "start");
    for (const v of copies.splice(maxMatvecs)) space.release(v);
    found = yield* orthonormalize(space, copies, [], 1e-8);
    if (found.length > 0) yield* unite();
  }
  const isOver = () => status === "budget-spent" || status === "aborted";
  for (let search = 1; !isOver(); search++) {
    const q = [...known.vectors, ...found];
    let isLast = q.length === n;
    if (!isLast) {
      const reserve = found.length > 0 ? unitingCosts() : 0;
      if (products.spent + reserve >= maxMatvecs) {
        status = "budget-spent";
        break;
      }
      const findings = yield* searchComplement(products, space, random, q, scale, {
        ...plan,
        which: "largest",
        window: { lower: -Infinity, upper: threshold },
        maxMatvecs: maxMatvecs - reserve,
        // All searches together fail with the probability asked for: Σ 6/(π·i)² = 1.
        failure: verify ? (delta * 6) / (Math.PI * search) ** 2 : 0,
      });
      scale = Math.max(scale, findings.scale);
      if (findings.status !== "converged") status = findings.status;
      const { upper } = findings.bounds;
      remainder = upper < Infinity ? { value: upper, probability: 1 - delta } : undefined;
      if (q.length === 0) known = findings;
      else if (!isOver()) found.push(...findings.vectors);
      else for (const v of findings.vectors) space.release(v);
      isLast = !verify || findings.vectors.length === 0;
    }
    if (!isLast || isOver()) continue;
    // Nothing is left outside of q. If q changes after that, for its own sake, there may be again.
    const isOpen =
      found.length > 0 || (status !== "converged" && known.vectors.length > 0 && !known.images);
    if (!isOpen || (yield* unite()) || status === "stagnated" || !verify) break;
  }
  const end = status;
  if (end === "aborted") for (const v of found) space.release(v);
  else if (found.length > 0) yield* unite();
  status = end;
  for (const image of known.images ?? []) space.release(image);
  return report(known, n, products.spent, status, remainder, plan);
}

/** Rayleigh–Ritz of A on the span of known pairs and of new ones, until each is done. */
function* join<V>(
  products: Products<V>,
  space: VectorScope<V>,
  plan: Plan & { readonly scale: number },
  known: Known<V>,
  found: readonly V[],
): Steps<{ known: Known<V>; status: Status; isSpan: boolean }> {
  const { threshold } = plan;
  const block: Block<V> = { basis: [...known.vectors, ...found], images: known.images ?? [] };
  for (const x of block.basis.slice(block.images.length)) {
    block.images.push(yield* products.apply(x));
  }
  const size = block.basis.length;
  const improved = yield* locallyOptimal(block, products, space, {
    ...plan,
    size,
    k: size,
    which: "largest",
    allowed(theta, scale) {
      const clear = Math.abs(theta - threshold) - roundingOf(space, scale);
      return theta > threshold ? Math.min(tolerance(plan, theta, scale, space), clear) : clear;
    },
  });
  // What turned out to lie below is left to the next search.
  const { values, residuals, rounding, scale, status, isSpan } = improved;
  const isAtThreshold = (i: number) =>
    residuals[i]! <= 2 * rounding && values[i]! + residuals[i]! + rounding > threshold;
  const kept = Array.from(values.keys()).filter((i) => values[i]! > threshold || isAtThreshold(i));
  const sift = (xs: V[]): V[] => {
    for (const [i, x] of xs.entries()) if (!kept.includes(i)) space.release(x);
    return kept.map((i) => xs[i]!);
  };
  return {
    known: {
      values: Float64Array.from(kept, (i) => values[i]!),
      residuals: Float64Array.from(kept, (i) => residuals[i]!),
      vectors: sift(improved.basis),
      images: sift(improved.images),
      rounding,
      scale,
    },
    status,
    isSpan: isSpan && kept.length === size,
  };
}

/** Puts the result together. */
function report<V>(
  { values, residuals, vectors, rounding }: Known<V>,
  n: number,
  matvecs: number,
  status: Status,
  remainder: ProbableBound | undefined,
  plan: Plan,
): ThresholdResult<V> {
  const { threshold, verify } = plan;
  const isComplete = vectors.length === n;
  const wanted = [...values.keys()];
  // Below the last pair lies what nobody has seen; without a bound on it, perhaps next to it.
  const next = isComplete ? [] : [Math.min(remainder?.value ?? Infinity, values.at(-1)!)];
  const certificates = certify(
    Float64Array.from([...values, ...next]),
    Float64Array.from([...residuals, ...next.map(() => 0)]),
    wanted,
    rounding,
    isComplete,
  );
  const undecided = wanted.filter(
    (i) => Math.abs(values[i]! - threshold) <= certificates.errorBounds[i]!,
  );
  const isHidden = remainder !== undefined && remainder.value > threshold;
  if ((undecided.length > 0 || isHidden) && status === "converged") status = "rounding";
  const messages = [
    undecided.length > 0 &&
      `${undecided.length} of the eigenvalues are too near to the threshold to say on which side they lie`,
    isHidden && "there may be more that rounding hides, between the threshold and the remainder",
    !(status === "rounding" && (undecided.length > 0 || isHidden)) &&
      advice(status, plan, "basisSize"),
    !verify && "not verified: a repeated eigenvalue may be missing",
  ];
  const message = messages.filter(Boolean).join("; ");
  return {
    ...certificates,
    vectors,
    matvecs,
    status,
    undecided,
    ...(message && { message }),
    ...(remainder && { remainder }),
  };
}
