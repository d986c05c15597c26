/**
 * Arithmetic with second derivatives in float64, apart from tfjs and from any record: hyper-dual
 * numbers v + a·ε₁ + b·ε₂ + c·ε₁ε₂ with ε₁² = ε₂² = 0 (J. Fike, J. Alonso, 2011). With θ + ε₁·e + ε₂·v
 * for the parameters, b of the loss is ∇L·v and c is eᵀ∇²L·v, exactly.
 */
export interface Jet {
  readonly shape: readonly number[];
  /** v, a, b, c, each row-major. */
  readonly parts: readonly [Float64Array, Float64Array, Float64Array, Float64Array];
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

export function zeros(shape: readonly number[]): Jet {
  const part = () => new Float64Array(sizeOf(shape));
  return { shape, parts: [part(), part(), part(), part()] };
}

export function constantJet(shape: readonly number[], values: ArrayLike<number>): Jet {
  const jet = zeros(shape);
  jet.parts[0].set(values);
  return jet;
}

/** How near a computation came to points where a derivative jumps, and how large its values were. */
export const watched = { margin: Number.POSITIVE_INFINITY, largest: 0 };

/** Notes the distance of a value from a kink. */
export function kink(distance: number): void {
  watched.margin = Math.min(watched.margin, Math.abs(distance));
}

/** f(x) entry by entry, from f, f′, f″ at a number. */
export function unary(x: Jet, f: (v: number) => readonly [number, number, number]): Jet {
  const out = zeros(x.shape);
  const [v, a, b, c] = x.parts;
  for (let i = 0; i < v.length; i++) {
    const [value, slope, bend] = f(v[i]!);
    out.parts[0][i] = value;
    out.parts[1][i] = slope * a[i]!;
    out.parts[2][i] = slope * b[i]!;
    out.parts[3][i] = slope * c[i]! + bend * a[i]! * b[i]!;
  }
  return out;
}

/** out[k] = Σ x[i]·y[j] over the triples (i, j, k): products of every kind. */
export function contract(
  x: Jet,
  y: Jet,
  shape: readonly number[],
  triples: (visit: (i: number, j: number, k: number) => void) => void,
): Jet {
  const out = zeros(shape);
  const [xv, xa, xb, xc] = x.parts;
  const [yv, ya, yb, yc] = y.parts;
  triples((i, j, k) => {
    out.parts[0][k]! += xv[i]! * yv[j]!;
    out.parts[1][k]! += xa[i]! * yv[j]! + xv[i]! * ya[j]!;
    out.parts[2][k]! += xb[i]! * yv[j]! + xv[i]! * yb[j]!;
    out.parts[3][k]! += xc[i]! * yv[j]! + xa[i]! * yb[j]! + xb[i]! * ya[j]! + xv[i]! * yc[j]!;
  });
  return out;
}

/** out[k] = Σ x[i] over the pairs (i, k): arrangements and sums. */
export function route(
  x: Jet,
  shape: readonly number[],
  pairs: (visit: (i: number, k: number) => void) => void,
): Jet {
  const out = zeros(shape);
  pairs((i, k) => {
    for (let part = 0; part < 4; part++) out.parts[part]![k]! += x.parts[part]![i]!;
  });
  return out;
}

/** Entry k of the result is entry indexOf(k) of x; 0 where that is negative. */
export function pick(x: Jet, shape: readonly number[], indexOf: (k: number) => number): Jet {
  return route(x, shape, (visit) => {
    for (let k = 0; k < sizeOf(shape); k++) {
      const i = indexOf(k);
      if (i >= 0) visit(i, k);
    }
  });
}

export const reshaped = (x: Jet, shape: readonly number[]): Jet => ({ shape, parts: x.parts });

export function coordinates(index: number, shape: readonly number[]): number[] {
  const at: number[] = [];
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    at[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return at;
}

export function indexAt(at: readonly number[], shape: readonly number[]): number {
  return shape.reduce((index, n, axis) => index * n + at[axis]!, 0);
}

function broadcastShape(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let axis = 1; axis <= rank; axis++) {
    const [m, n] = [a.at(-axis) ?? 1, b.at(-axis) ?? 1];
    if (m !== n && m !== 1 && n !== 1) return undefined;
    out.unshift(a.length < axis ? n : b.length < axis ? m : m === 1 ? n : m);
  }
  return out;
}

export function broadcast(x: Jet, shape: readonly number[]): Jet {
  const lead = shape.length - x.shape.length;
  return pick(x, shape, (k) => {
    const at = coordinates(k, shape).slice(lead);
    return indexAt(
      at.map((n, axis) => (x.shape[axis] === 1 ? 0 : n)),
      x.shape,
    );
  });
}

/** Both operands in the shape of the result. */
function together(x: Jet, y: Jet): [Jet, Jet] {
  const shape = broadcastShape(x.shape, y.shape)!;
  return [broadcast(x, shape), broadcast(y, shape)];
}

export function add(x: Jet, y: Jet, sign = 1): Jet {
  const [a, b] = together(x, y);
  const out = zeros(a.shape);
  for (let part = 0; part < 4; part++) {
    out.parts[part]!.set(a.parts[part]!.map((u, i) => u + sign * b.parts[part]![i]!));
  }
  return out;
}

export function mul(x: Jet, y: Jet): Jet {
  const [a, b] = together(x, y);
  return contract(a, b, a.shape, (visit) => {
    for (let i = 0; i < a.parts[0].length; i++) visit(i, i, i);
  });
}

export const scaled = (x: Jet, factor: number) => unary(x, (v) => [factor * v, factor, 0]);
export const inverse = (x: Jet) => unary(x, (v) => [1 / v, -1 / v ** 2, 2 / v ** 3]);
export const exp = (x: Jet) => unary(x, (v) => [Math.exp(v), Math.exp(v), Math.exp(v)]);
export const log = (x: Jet) => unary(x, (v) => [Math.log(v), 1 / v, -1 / v ** 2]);

/** The entry of x, or that of y, as `first` says for each. */
export function choose(x: Jet, y: Jet, first: (k: number, v: number, w: number) => boolean): Jet {
  const [a, b] = together(x, y);
  const out = zeros(a.shape);
  for (let k = 0; k < a.parts[0].length; k++) {
    const from = first(k, a.parts[0][k]!, b.parts[0][k]!) ? a : b;
    for (let part = 0; part < 4; part++) out.parts[part]![k] = from.parts[part]![k]!;
  }
  return out;
}

/** Sums over axes, which stay with size 1. */
export function sumOver(x: Jet, axes: readonly number[]): Jet {
  const shape = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  return route(x, shape, (visit) => {
    for (let i = 0; i < sizeOf(x.shape); i++) {
      const at = coordinates(i, x.shape).map((n, axis) => (axes.includes(axis) ? 0 : n));
      visit(i, indexAt(at, shape));
    }
  });
}

/** The largest (sign 1) or smallest (−1) along an axis, which stays with size 1. */
export function extreme(x: Jet, axis: number, sign: number): Jet {
  const shape = x.shape.map((n, k) => (k === axis ? 1 : n));
  return pick(x, shape, (k) => {
    const at = coordinates(k, shape);
    const candidates = Array.from({ length: x.shape[axis]! }, (_, n) =>
      indexAt(at.with(axis, n), x.shape),
    );
    const ordered = candidates.sort((i, j) => sign * (x.parts[0][j]! - x.parts[0][i]!));
    if (ordered.length > 1) kink(x.parts[0][ordered[0]!]! - x.parts[0][ordered[1]!]!);
    return ordered[0]!;
  });
}
