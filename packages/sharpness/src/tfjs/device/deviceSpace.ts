// Vectors of the device engine: tensors in single precision, of which only inner products are read.
import type { Recurrence } from "@eoss/eigen";
import {
  abs,
  add,
  clone,
  concat,
  max,
  mul,
  pad1d,
  reshape,
  type Scalar,
  stack,
  sub,
  sum,
  type Tensor1D,
  tensor1d,
  tidy,
} from "@tensorflow/tfjs-core";
import type { Space } from "../../loss/space.js";
import { checkLengths } from "../vectors.js";
import { Reads } from "./reads.js";

export type DeviceVector = Tensor1D;

/** Terms that the device adds, ... */
const BLOCK = 64;
/** ... until no more sums than these are left, which are read and added in float64. */
const MOST_READ = 1024;
/** Factors beyond 2 to this or its inverse are taken in steps: a float32 cannot hold them. */
const STEP = 100;

/**
 * Inner products are sums of blocks of 64 products, of which those of blocks are summed again, until few
 * are left; these are added in float64. Where float32 could not hold the products, both vectors are
 * scaled by powers of two first, which takes two reads more.
 *
 * @param basisSize vectors that fit on the device, see `Space`
 */
export function deviceSpace(basisSize: number): Space<DeviceVector> {
  const reads = new Reads();

  async function dots(xs: readonly DeviceVector[], y: DeviceVector): Promise<Float64Array> {
    return (await numbersAndDots([], xs, y)).products;
  }

  /** Some scalars on the device, and products, in one read. */
  async function numbersAndDots(
    scalars: readonly Scalar[],
    xs: readonly DeviceVector[],
    y: DeviceVector,
  ): Promise<{ numbers: number[]; products: Float64Array }> {
    for (const x of xs) checkSizes(x, y);
    // They may be released before their product is known.
    const [kept, other] = [xs.map((x) => clone(x)), clone(y)];
    try {
      const read = await reads.ask(
        tidy(() => concat([...scalars.map(listed), ...xs.map((x) => blockSums(x, y))])),
      );
      const all = Array.from(read);
      const numbers = all.splice(0, scalars.length);
      const products = addedUp(all, xs.length);
      const scaled = kept.map((x, k) =>
        holds(products[k]!, y.size) ? products[k]! : scaledDot(x, other),
      );
      return { numbers, products: Float64Array.from(await Promise.all(scaled)) };
    } finally {
      for (const x of [...kept, other]) x.dispose();
    }
  }

  /** α stays on the device until r has been made, so that all numbers come in one read. */
  async function recur(
    basis: readonly DeviceVector[],
    beta: number,
    w: DeviceVector,
  ): Promise<Recurrence<DeviceVector>> {
    const [v, u] = [basis.at(-1)!, basis.at(-2)];
    checkSizes(v, w);
    const along: Scalar = tidy(() => sum(blockSums(v, w)));
    let rest: DeviceVector = tidy(() => {
      const less: DeviceVector = sub(w, mul(along, v));
      return beta === 0 || u === undefined ? less : combined([-beta], [u], less);
    });
    try {
      const made = await numbersAndDots([along], [...basis, rest], rest);
      let [alpha, products] = [made.numbers[0]!, made.products];
      if (!Number.isFinite(alpha)) {
        // No float32 holds it, but a float64 may.
        alpha = (await dots([v], w))[0]!;
        rest.dispose();
        rest = combined([-alpha, -beta], [v, u ?? v], clone(w));
        products = await dots([...basis, rest], rest);
      }
      w.dispose();
      return { alpha, rest, products };
    } catch (error) {
      rest.dispose();
      throw error;
    } finally {
      along.dispose();
    }
  }

  /** With both scaled to a largest entry between 1 and 2. */
  async function scaledDot(x: DeviceVector, y: DeviceVector): Promise<number> {
    const largest = await reads.ask(tidy(() => stack([max(abs(x)), max(abs(y))]) as Tensor1D));
    const [a, b] = Array.from(largest, (m) => (m > 0 && m < Infinity ? -exponentOf(m) : 0));
    const sums = await reads.ask(
      tidy(() => clone(blockSums(times(2 ** a!, x), times(2 ** b!, y)))),
    );
    return addedUp(sums, 1)[0]! / 2 ** a! / 2 ** b!;
  }

  return {
    // Each operation may round up or down.
    epsilon: 2 ** -23,
    basisSize,
    size: (x) => x.size,
    random: (n, random) => tensor1d(Float32Array.from({ length: n }, () => random.normal())),
    copy: (x) => clone(x),
    dot: async (x, y) => (await dots([x], y))[0]!,
    dots,
    recur,
    axpy: (a, x, y) => combined([a], [x], y),
    axpys: combined,
    scale(a, x) {
      const scaled = tidy(() => times(a, x));
      x.dispose();
      return scaled;
    },
    rotate(xs, rows, k) {
      const turned = Array.from({ length: k }, (_, j) =>
        tidy(() =>
          xs.map((x, i) => times(rows[i]![j]!, x)).reduce((total, part) => add(total, part)),
        ),
      );
      for (const x of xs) x.dispose();
      return turned;
    },
    release: (x) => x.dispose(),
    from: (entries) => tensor1d(Float32Array.from(entries)),
    entries: (x) => reads.ask(clone(x)),
    normals: (n, stream) => tensor1d(stream.normals(n)),
    signs: (n, stream) => tensor1d(stream.signs(n)),
  };
}

/** y + Σ aₖ·xₖ; consumes y. */
function combined(
  a: ArrayLike<number>,
  xs: readonly DeviceVector[],
  y: DeviceVector,
): DeviceVector {
  for (const x of xs) checkSizes(x, y);
  const total = tidy(() =>
    clone(xs.reduce((sum, x, k) => (a[k] === 0 ? sum : add(sum, times(a[k]!, x))), y)),
  );
  y.dispose();
  return total;
}

/** a·x, where a may be no float32. */
function times(a: number, x: DeviceVector): DeviceVector {
  let [rest, result] = [a, x];
  while (Math.abs(rest) > 2 ** STEP && Math.abs(rest) < Infinity) {
    result = mul(result, 2 ** STEP);
    rest /= 2 ** STEP;
  }
  while (Math.abs(rest) < 2 ** -STEP && rest !== 0) {
    result = mul(result, 2 ** -STEP);
    rest *= 2 ** STEP;
  }
  return mul(result, rest);
}

function listed(scalar: Scalar): Tensor1D {
  return reshape(scalar, [1]);
}

function blockSums(x: DeviceVector, y: DeviceVector): Tensor1D {
  let sums: Tensor1D = mul(x, y);
  while (sums.size > MOST_READ) {
    const rows = Math.ceil(sums.size / BLOCK);
    const rest = rows * BLOCK - sums.size;
    const whole = rest === 0 ? sums : pad1d(sums, [0, rest]);
    sums = sum(reshape(whole, [rows, BLOCK]), 1);
  }
  return sums;
}

/** Totals of so many parts of equal length, in float64. */
function addedUp(parts: ArrayLike<number>, count: number): Float64Array {
  const totals = new Float64Array(count);
  const length = parts.length / count;
  for (let i = 0; i < parts.length; i++) totals[Math.floor(i / length)]! += parts[i]!;
  return totals;
}

/** Whether a sum of n products is none that float32 may have lost or overflowed. */
function holds(product: number, n: number): boolean {
  // What is lost of a term is at most 2⁻¹²⁶, and |xᵀy| ≤ ‖x‖·‖y‖.
  return Number.isFinite(product) && Math.abs(product) >= n * 2 ** -102;
}

function exponentOf(x: number): number {
  return Math.floor(Math.log2(x));
}

function checkSizes(x: DeviceVector, y: DeviceVector): void {
  checkLengths({ length: x.size }, { length: y.size });
}
