import { symmetricEigen } from "@eoss/eigen";
import { type Remembered, toRemember } from "../remembered.js";
import {
  type EigenSearch,
  relativeResidual,
  type SearchedOperator,
  solveTop,
  type TopPairs,
  witnessResidual,
} from "../topEigenvalue.js";
import { norm, scaled } from "../vectors.js";
import { corrected, type KnownDirection } from "./corrected.js";
import { type RitzPairs, RitzSpace } from "./ritzSpace.js";

export interface Tracked extends TopPairs {
  /** For the next search, the top one first. */
  readonly remembered: readonly Remembered[];
}

/** Pairs that are remembered. Fewer miss a rival where many eigenvalues stand close together. */
const KEPT = 6;
/** A rival is looked at again if its eigenvalue, grown by so much, would be the top one. */
const GROWTH = 1.25;
/** Of the distance between θ and what is known to lie outside of the space, the part relied on. */
const TRUSTED_GAP = 1 / 2;
/** What was never remembered is taken to be this part of the smallest that was. */
const FORGOTTEN = 0.8;
/** Outside of the space no eigenvalue is taken to be less than this, relative to θ. */
const LEAST_OUTSIDE = 1 / 2;
/** For the arithmetic's sake; such a gap ends no search. */
const SMALLEST_GAP = 1e-3;
/** Corrections along remembered vectors are enlarged at most so many times. */
const MOST_ENLARGED = 8;
/** A remembered vector has been seen again when so little of it is left outside of the space. */
const SEEN = 0.3;
/** Residual, relative to θ, at which a vector is an eigenvector already: nothing else shows in it. */
const INVARIANT = 1e-3;
/** Vectors after which a search that starts anew is cheaper. */
const BASIS = 16;

/** What is left of a remembered vector outside of the space. */
interface Rival extends KnownDirection {
  /** Its share of the remembered vector; the eigenvalue is scaled as the top one has grown. */
  readonly share: number;
}

/**
 * The top eigenpair of a matrix that has changed since its top pairs (μ_k, u_k) were remembered.
 *
 * Rayleigh–Ritz in a space that begins with u_1, a product a vector. It grows by
 * - each u_k that may have overtaken the others meanwhile: 1.25·μ_k > θ,
 * - the gradient, if the top vector has not changed and so shows nothing of others;
 * - else a combination r of the Ritz pairs' residuals, enlarged along the u_k not yet looked at:
 *   t = r + Σ_k (θ/(θ − μ_k) − 1)·(u_kᵀr)·u_k, as in Davidson's method.
 *
 * With Θ the Ritz values, R their residuals and no eigenvalue above θ − γ in the complement, the Schur
 * complement gives
 *
 *   λmax ≤ λmax(Θ + RᵀR/γ)
 *
 * and the search ends when that is within the tolerance of θ. It holds for clusters too: a neighbour
 * in the space need not be told apart from the top one. γ is half the distance between θ and the
 * largest μ_k outside of the space, and at most θ/4: as in every search that does not see the whole
 * spectrum, that nothing hides there is very likely, not proved.
 *
 * With a single remembered pair nothing is known of rivals. Then the second Ritz pair must be resolved
 * as well, as in a search from scratch.
 *
 * @see Davidson (1975); Parlett (1998), The Symmetric Eigenvalue Problem, ch. 10–11
 */
export async function trackedTop(
  operator: SearchedOperator,
  remembered: readonly Remembered[],
  search: EigenSearch,
): Promise<Tracked> {
  const space = new RitzSpace(operator);
  const known = remembered.map((vector) => ({ vector, eigenvalue: norm(vector) }));
  await space.add(known[0]!.vector);
  // The gradient leans towards sharp directions: it shows those of which nothing is known.
  let gradientSeen = known.length === 1 && (await space.add(operator.gradient));
  for (;;) {
    await search.pause();
    const seen = lookAround(space, known);
    const { theta, pairs, rivals, residual, gap, errorBound, overtaker } = seen;
    const fromScratch = async (): Promise<Tracked> => {
      const rest = await solveTop(operator, [space.vector(pairs.coordinates[0]!)], search);
      const { products, vectors, values } = rest;
      return { ...rest, products: products + space.size, remembered: toRemember(vectors, values) };
    };
    if (!(theta > 0)) return fromScratch();

    const size = norm(residual);
    let next: Float32Array;
    if (overtaker !== undefined) next = overtaker.direction;
    else if (size <= INVARIANT * theta && !gradientSeen) {
      gradientSeen = true;
      if (await space.add(operator.gradient)) continue;
      next = residual;
    } else if (errorBound > relativeResidual(search) * theta) {
      next = corrected(space.residual(seen.worst), theta, rivals, MOST_ENLARGED);
    } else if (known.length === 1 && !isWitnessed(pairs, space, search)) {
      next = space.residual(pairs.coordinates[1] ?? pairs.coordinates[0]!);
    } else {
      return {
        ...space.found(pairs, { errorBound, size, gap }),
        remembered: pairsToKeep(pairs, space, rivals),
      };
    }
    if (space.size === BASIS || !(await space.add(next))) return fromScratch();
  }
}

interface KnownPair {
  readonly vector: Remembered;
  readonly eigenvalue: number;
}

/** What a space shows of the top eigenvalue, and what may be outside of it. */
function lookAround(space: RitzSpace, known: readonly KnownPair[]) {
  const pairs = space.pairs();
  const theta = pairs.values[0]!;
  const growth = Math.max(1, theta / known[0]!.eigenvalue);
  const rivals = known
    .map((pair) => rivalOf(pair, growth, space))
    .filter(({ share }) => share >= SEEN);
  const outside = rivals.map(({ share, eigenvalue }) => share ** 2 * eigenvalue);
  const highest = Math.max(...outside);
  const smallest = Math.min(...known.map(({ eigenvalue }) => eigenvalue));
  const forgotten = known.length > 1 ? FORGOTTEN * growth * smallest : 0;
  const distance = theta - Math.max(highest, forgotten, LEAST_OUTSIDE * theta);
  const gap = Math.max(TRUSTED_GAP * distance, SMALLEST_GAP * Math.abs(theta));
  return {
    theta,
    pairs,
    /** Not yet looked at again. */
    rivals,
    /** The one of them that may be the top one by now. */
    overtaker: GROWTH * highest > theta ? rivals[outside.indexOf(highest)] : undefined,
    residual: space.residual(pairs.coordinates[0]!),
    gap,
    ...boundOf(pairs, space.residualGram(pairs), gap),
  };
}

function rivalOf({ vector, eigenvalue }: KnownPair, growth: number, space: RitzSpace): Rival {
  const rest = space.outside(vector);
  const length = norm(rest);
  return {
    direction: scaled(rest, 1 / Math.max(length, Number.MIN_VALUE)),
    share: length / eigenvalue,
    eigenvalue: growth * eigenvalue,
  };
}

/**
 * λmax(Θ + RᵀR/γ) − θ, and the combination of Ritz vectors, in coordinates of the space, along which
 * it would rise.
 */
function boundOf(
  { values, coordinates }: RitzPairs,
  residualGram: readonly Float64Array[],
  gap: number,
): { errorBound: number; worst: Float64Array } {
  const bound = symmetricEigen(
    residualGram.map((row, i) => row.map((square, j) => square / gap + (i === j ? values[i]! : 0))),
  );
  const top = bound.vectors[0]!;
  const worst = Float64Array.from(coordinates, (_, a) =>
    coordinates.reduce((sum, y, k) => sum + top[k]! * y[a]!, 0),
  );
  return { errorBound: bound.values[0]! - values[0]!, worst };
}

/** Whether the second Ritz pair is resolved. */
function isWitnessed(
  { values, coordinates }: RitzPairs,
  space: RitzSpace,
  search: EigenSearch,
): boolean {
  const second = coordinates[1];
  return (
    second !== undefined && norm(space.residual(second)) <= witnessResidual(search) * values[0]!
  );
}

/** The top Ritz pairs, and of earlier ones what the space does not hold. */
function pairsToKeep(
  { values, coordinates }: RitzPairs,
  space: RitzSpace,
  unseen: readonly Rival[],
): Remembered[] {
  const found = coordinates.flatMap((y, k) =>
    values[k]! > 0 ? [{ value: values[k]!, vector: () => space.vector(y) }] : [],
  );
  const older = unseen.map(({ direction, share, eigenvalue }) => ({
    value: share ** 2 * eigenvalue,
    vector: () => direction,
  }));
  const [top, ...others] = found;
  return [top!, ...[...others, ...older].sort((a, b) => b.value - a.value)]
    .slice(0, KEPT)
    .map(({ value, vector }) => scaled(vector(), value));
}
