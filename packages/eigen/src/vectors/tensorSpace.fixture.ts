import type { AsyncVectorSpace, VectorSpace } from "@eoss/eigen";

/** An immutable vector that must be released by hand and only once, like a device tensor. */
export class Tensor {
  static live = 0;
  private released = false;
  constructor(private readonly entries: Float64Array) {
    Tensor.live++;
  }
  get data(): Float64Array {
    if (this.released) throw new Error("used after release");
    return this.entries;
  }
  release(): void {
    if (this.released) throw new Error("released twice");
    this.released = true;
    Tensor.live--;
  }
}

const consume = (x: Tensor, value: (entry: number, i: number) => number): Tensor => {
  const next = new Tensor(x.data.map(value));
  x.release();
  return next;
};
const dot = (x: Tensor, y: Tensor) => x.data.reduce((sum, value, i) => sum + value * y.data[i]!, 0);

/** The six functions that a space must have, and nothing else. */
export const tensors: VectorSpace<Tensor> = {
  random: (n, random) => new Tensor(Float64Array.from({ length: n }, () => random.normal())),
  copy: (x) => new Tensor(x.data.slice()),
  dot,
  axpy: (a, x, y) => consume(y, (entry, i) => entry + a * x.data[i]!),
  scale: (a, x) => consume(x, (entry) => a * entry),
  release: (x) => x.release(),
};

/** The same with dot products that arrive later. */
export const later: AsyncVectorSpace<Tensor> = { ...tensors, dot: async (x, y) => dot(x, y) };

/** The same with all numbers of a Lanczos step at once; α is rounded as float32 is. */
export const inOneRead: AsyncVectorSpace<Tensor> = {
  ...later,
  async recur(basis, beta, w) {
    const [v, u] = [basis.at(-1)!, basis.at(-2)];
    const alpha = Math.fround(dot(v, w));
    const less = tensors.axpy(-alpha, v, w);
    const rest = u === undefined ? less : tensors.axpy(-beta, u, less);
    return { alpha, rest, products: Float64Array.from([...basis, rest], (q) => dot(q, rest)) };
  },
};

/** The same with every optional function. */
export const full: VectorSpace<Tensor> = {
  ...tensors,
  epsilon: 2 ** -53,
  size: (x) => x.data.length,
  dots: (xs, y) => Float64Array.from(xs, (x) => dot(x, y)),
  axpys: (a, xs, y) =>
    consume(y, (entry, i) => xs.reduce((sum, x, j) => sum + a[j]! * x.data[i]!, entry)),
  rotate(xs, rows, k) {
    const turned = Array.from(
      { length: k },
      (_, c) =>
        new Tensor(
          xs[0]!.data.map((_, i) => xs.reduce((sum, x, r) => sum + rows[r]![c]! * x.data[i]!, 0)),
        ),
    );
    for (const x of xs) x.release();
    return turned;
  },
};
