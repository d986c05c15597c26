/** A small network in plain float64, and its derivatives by differences: no autodiff in it. */

/** x [b, 3] → tanh, 4 units → 2 outputs. Parameters in the order W₁ [3, 4], β₁ [4], W₂ [4, 2], β₂ [2]. */
export const shapes = { w1: [3, 4], b1: [4], w2: [4, 2], b2: [2] } as const;
export const parameterCount = 26;
export const outputCount = 2;

export function outputsOf(theta: ArrayLike<number>, x: readonly number[]): number[] {
  const hidden = Array.from({ length: 4 }, (_, unit) => {
    let sum = theta[12 + unit]!;
    for (let i = 0; i < 3; i++) sum += x[i]! * theta[i * 4 + unit]!;
    return Math.tanh(sum);
  });
  return Array.from({ length: 2 }, (_, c) => {
    let sum = theta[24 + c]!;
    for (let unit = 0; unit < 4; unit++) sum += hidden[unit]! * theta[16 + unit * 2 + c]!;
    return sum;
  });
}

/** Loss of one observation, its slope ∂ℓ/∂f and its Hessian ∂²ℓ/∂f², by formula. */
export const heads = {
  mse: {
    loss: (f: number[], y: number[]) => f.reduce((sum, v, c) => sum + (v - y[c]!) ** 2, 0),
    slope: (f: number[], y: number[]) => f.map((v, c) => 2 * (v - y[c]!)),
    hessian: (f: number[]) => f.map((_, c) => f.map((_, d) => (c === d ? 2 : 0))),
  },
  ce: {
    loss: (f: number[], y: number[]) => {
      const partition = Math.log(f.reduce((sum, v) => sum + Math.exp(v), 0));
      return y.reduce((sum, weight, c) => sum + weight * (partition - f[c]!), 0);
    },
    slope: (f: number[], y: number[]) => softmax(f).map((p, c) => p - y[c]!),
    hessian: (f: number[]) => {
      const p = softmax(f);
      return p.map((a, c) => p.map((b, d) => (c === d ? a : 0) - a * b));
    },
  },
  bce: {
    loss: (f: number[], y: number[]) =>
      f.reduce((sum, v, c) => sum + Math.log(1 + Math.exp(v)) - y[c]! * v, 0),
    slope: (f: number[], y: number[]) => f.map((v, c) => logistic(v) - y[c]!),
    hessian: (f: number[]) =>
      f.map((v, c) => f.map((_, d) => (c === d ? logistic(v) * (1 - logistic(v)) : 0))),
  },
} as const;

export type HeadName = keyof typeof heads;

function softmax(f: number[]): number[] {
  const weights = f.map(Math.exp);
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
}

const logistic = (v: number) => 1 / (1 + Math.exp(-v));

/** ∂f/∂θ at one input by fourth-order central differences, [2][26]; error about 1e-11. */
export function jacobianOf(theta: Float64Array, x: readonly number[]): number[][] {
  const h = 1e-3;
  const columns = Array.from({ length: parameterCount }, (_, k) => {
    const at = (step: number) => outputsOf(shifted(theta, [[k, step]]), x);
    const [a, b, c, d] = [at(-2 * h), at(-h), at(h), at(2 * h)];
    return a.map((_, o) => (a[o]! - 8 * b[o]! + 8 * c[o]! - d[o]!) / (12 * h));
  });
  return Array.from({ length: outputCount }, (_, o) => columns.map((column) => column[o]!));
}

/** Dense Hessian of a scalar function by Richardson-extrapolated differences; error about 1e-8. */
export function hessianOf(f: (theta: Float64Array) => number, theta: Float64Array): number[][] {
  const second = (i: number, j: number, h: number) =>
    (f(
      shifted(theta, [
        [i, h],
        [j, h],
      ]),
    ) -
      f(
        shifted(theta, [
          [i, h],
          [j, -h],
        ]),
      ) -
      f(
        shifted(theta, [
          [i, -h],
          [j, h],
        ]),
      ) +
      f(
        shifted(theta, [
          [i, -h],
          [j, -h],
        ]),
      )) /
    (4 * h * h);
  const n = theta.length;
  const dense = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = (4 * second(i, j, 5e-3) - second(i, j, 1e-2)) / 3;
      dense[i]![j] = value;
      dense[j]![i] = value;
    }
  }
  return dense;
}

function shifted(theta: Float64Array, steps: ReadonlyArray<readonly [number, number]>) {
  const moved = Float64Array.from(theta);
  for (const [index, step] of steps) moved[index]! += step;
  return moved;
}
