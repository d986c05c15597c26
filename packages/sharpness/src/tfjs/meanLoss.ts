// Whether a loss is what every number rests on: the mean over the samples that it is given.
import {
  disposeTree,
  layoutOf,
  mapTree,
  type ParameterTree,
  type SampleSet,
  unflatten,
} from "@eoss/hvp";
import { evaluated, readLater } from "@eoss/hvp/internal";
import { stream } from "@eoss/rng";
import { add, mul, tidy } from "@tensorflow/tfjs-core";
import type { TfjsProblem } from "./problem.js";

/** Rounding of a mean of two float32 losses, of their size. */
const ROUNDING = 1e-4;
/** Relative change of parameters that shows how much of a loss is rounding. */
const NUDGE = 2 ** -20;

/** What was found out about a loss stays true at other parameters. */
const tried = new WeakSet<SampleSet["lossOf"] | SampleSet>();

/**
 * Compares losses of pairs of samples, L({i, j}), with the means (L(i) + L(j))/2 of their own, once for
 * each loss: a few forward passes of one or two samples. Losses of which nothing can be told so are let
 * pass: coupled ones, one sample alone, those that are not finite or fail with one sample.
 *
 * @throws RangeError saying what the loss is instead of a mean over its samples
 */
export async function checkMeanLoss(problem: TfjsProblem): Promise<void> {
  if (problem.coupled) return;
  await checkSet("lossOf", problem, problem.params);
  if (problem.heldOut) await checkSet("lossOf of heldOut", problem.heldOut, problem.params);
}

async function checkSet(what: string, set: SampleSet, params: ParameterTree): Promise<void> {
  // A method of a class is shared by problems of other data.
  const key = Object.hasOwn(set, "lossOf") ? set.lossOf : set;
  if (tried.has(key)) return;
  const fault = await faultOf(set, params);
  if (fault !== undefined) throw new RangeError(`${what} ${fault}`);
  tried.add(key);
}

async function faultOf(set: SampleSet, params: ParameterTree): Promise<string | undefined> {
  const last = set.samples - 1;
  const indices = [...new Set([0, Math.floor(last / 3), Math.floor((2 * last) / 3), last])];
  if (indices.length === 1) return undefined;
  try {
    const own = await lossesAt(
      set,
      params,
      indices.map((i) => [i]),
    );
    if (own.every((loss) => near(loss, own[0]!)) && !(await reads(set, params))) {
      return (
        `does not depend on its indices: that of sample ${indices[0]} and that of sample ${indices[1]} ` +
        `are both ${own[0]}. It must take the samples that its indices name, e.g. by tf.gather; a loss ` +
        "without samples has samples: 1 and batchSize: 1"
      );
    }
    for (let k = 1; k < indices.length; k++) {
      const fault = await faultOfPair(set, params, indices[k - 1]!, indices[k]!);
      if (fault !== undefined) return fault;
    }
  } catch {
    // A loss that fails says so itself, where it is measured.
  }
  return undefined;
}

async function faultOfPair(
  set: SampleSet,
  params: ParameterTree,
  i: number,
  j: number,
): Promise<string | undefined> {
  const batches = [[i], [j], [i, j]];
  const losses = await lossesAt(set, params, batches);
  const [first, second, both] = losses as [number, number, number];
  const mean = (first + second) / 2;
  const gap = Math.abs(both - mean);
  const rounding = ROUNDING * Math.max(Math.abs(first), Math.abs(second));
  if (!(gap > rounding && gap < Infinity)) return undefined;

  const figures = `sample ${i} has the loss ${first}, sample ${j} ${second}, both together ${both}`;
  const again = await lossesAt(set, params, batches);
  if (!again.every((loss, k) => near(loss, losses[k]!))) {
    return (
      `gives other values for the same samples when it is asked again: ${figures}; then ` +
      `${again.join(", ")}. It must depend on the parameters and the indices alone: no dropout, no ` +
      "Math.random, no counter"
    );
  }
  const nearby = await lossesNearby(set, params, batches);
  const illConditioned = 8 * Math.max(...differences(losses, nearby));
  if (gap <= illConditioned) return undefined;
  if (Math.abs(both - 2 * mean) <= Math.max(rounding, illConditioned)) {
    return (
      `is a sum and not a mean over its samples: ${figures}. It must be divided by the number of its ` +
      "indices, as by tf.mean in place of tf.sum"
    );
  }
  return (
    `is not the mean over its samples: ${figures}, but the mean of the two is ${mean}. Each sample must ` +
    "count 1/indices.length; where the loss of a sample depends on the others of its batch, as with " +
    "batch normalisation, set coupled: true"
  );
}

/** Losses at θ with each number changed by a few units of rounding. */
async function lossesNearby(
  set: SampleSet,
  params: ParameterTree,
  batches: readonly number[][],
): Promise<number[]> {
  const { size } = layoutOf(params);
  const changes = unflatten(stream(0, "a few units of rounding").normals(size), params);
  const factors = Object.values(changes);
  const nearby = mapTree(params, (theta, k) =>
    tidy(() => mul(theta, add(1, mul(factors[k]!, NUDGE)))),
  );
  disposeTree(changes);
  try {
    return await lossesAt(set, nearby, batches);
  } finally {
    disposeTree(nearby);
  }
}

function differences(a: readonly number[], b: readonly number[]): number[] {
  return a.map((x, k) => Math.abs(x - b[k]!));
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= ROUNDING * Math.abs(b);
}

function lossesAt(
  set: SampleSet,
  params: ParameterTree,
  batches: readonly number[][],
): Promise<number[]> {
  return Promise.all(batches.map((batch) => lossAt(set, params, Int32Array.from(batch))));
}

async function lossAt(set: SampleSet, params: ParameterTree, indices: Int32Array): Promise<number> {
  const lossOf = set.lossOf(indices);
  return (await readLater(() => evaluated(() => lossOf(params))))[0]!;
}

/** Whether a loss looks at the indices that it is given, and not only at how many there are. */
async function reads(set: SampleSet, params: ParameterTree): Promise<boolean> {
  let looked = false;
  const watched = new Proxy(Int32Array.of(0), {
    get(indices, key) {
      if (key !== "length") looked = true;
      const member = Reflect.get(indices, key, indices);
      return typeof member === "function" ? member.bind(indices) : member;
    },
  });
  try {
    await lossAt(set, params, watched);
  } catch {
    // Not every op takes a proxy for an array, but it has looked at it then.
    return true;
  }
  return looked;
}
