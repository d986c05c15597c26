// Vectors of the tfjs engine: typed arrays, of which gradients are double precision.
import { float32 } from "@eoss/eigen";
import { arrays, type Space } from "../loss/space.js";
import { checkLengths, dot } from "./vectors.js";

export type HostVector = Float32Array | Float64Array;

/**
 * New vectors are double precision; solvers keep theirs in single precision.
 */
export function hostSpace(): Space<HostVector> {
  const { from, normals, signs, random } = arrays();
  return {
    epsilon: 2 ** -24,
    size: (x) => x.length,
    empty: (n) => new Float64Array(n),
    assign: (to, x) => to.set(x),
    random,
    copy: (x) => Float64Array.from(x),
    dot,
    axpy(a, x, y) {
      checkLengths(x, y);
      for (let i = 0; i < y.length; i++) y[i]! += a * x[i]!;
      return y;
    },
    scale(a, x) {
      for (let i = 0; i < x.length; i++) x[i]! *= a;
      return x;
    },
    release: () => {},
    from,
    entries: (x) => x,
    normals,
    signs,
    solvers: float32() as unknown as NonNullable<Space<HostVector>["solvers"]>,
  };
}
