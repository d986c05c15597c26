import {
  add,
  complex,
  fft,
  ifft,
  imag,
  mul,
  real,
  square,
  sub,
  type Tensor,
  zerosLike,
} from "@tensorflow/tfjs-core";
import type { Decomposition, GradientRule } from "./rule.js";
import { lengthOf } from "./sqrt.js";

/*
 * A complex number counts as the pair of its parts, with the inner product Re x·Re y + Im x·Im y: the
 * adjoint of a product with a complex matrix is one with the conjugate transpose.
 */

/** z = x + iy. */
export const complexRule: GradientRule = {
  kernelName: "Complex",
  gradient: ({ dy }) => ({ real: () => real(dy), imag: () => imag(dy) }),
};

export const realRule: GradientRule = {
  kernelName: "Real",
  gradient: ({ dy }) => ({ input: () => complex(dy, zerosLike(dy)) }),
};

export const imagRule: GradientRule = {
  kernelName: "Imag",
  gradient: ({ dy }) => ({ input: () => complex(zerosLike(dy), dy) }),
};

/** y_k = Σ_j exp(−2πi·jk/n) x_j over the last axis; the adjoint is n times the inverse. */
export const fftRule: GradientRule = {
  kernelName: "FFT",
  gradient: ({ dy, shapeOf }) => ({ input: () => scaled(ifft(dy), shapeOf("input").at(-1)!) }),
};

/** The inverse of FFT. */
export const ifftRule: GradientRule = {
  kernelName: "IFFT",
  gradient: ({ dy, shapeOf }) => ({ input: () => scaled(fft(dy), 1 / shapeOf("input").at(-1)!) }),
};

/** |z| = √(x² + y²); its derivatives at 0 are taken to be 0, as PyTorch and JAX do. */
export const complexAbsDecomposition: Decomposition = {
  kernelName: "ComplexAbs",
  decompose: ({ x }) => lengthOf(add(square(real(x!)), square(imag(x!)))),
};

type Parts = (a: Tensor, b: Tensor) => Tensor;

/** Of real and imaginary parts, each for itself. */
const byParts = (f: Parts) => (a: Tensor, b: Tensor) =>
  complex(f(real(a), real(b)), f(imag(a), imag(b)));

/** Kernels that take complex numbers as well as real ones, and how they do it. */
export const complexArithmetic: Readonly<Record<string, Parts>> = {
  Add: byParts(add),
  Sub: byParts(sub),
  Multiply(a, b) {
    const [x, y, u, v] = [real(a), imag(a), real(b), imag(b)];
    return complex(sub(mul(x, u), mul(y, v)), add(mul(x, v), mul(y, u)));
  },
};

/** Kernels whose rules hold for complex numbers as they stand. */
export const takesComplex = new Set(
  [complexRule, realRule, imagRule, fftRule, ifftRule, complexAbsDecomposition]
    .map(({ kernelName }) => kernelName)
    .concat("Reshape", "ExpandDims", "Identity", "Cast"),
);

function scaled(z: Tensor, factor: number): Tensor {
  return complex(mul(real(z), factor), mul(imag(z), factor));
}
