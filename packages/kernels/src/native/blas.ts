/** A library of matrix products outside WebAssembly, as kernels use it. */

/** A BLAS of this process. It computes on one thread, so that its numbers do not depend on how many there are. */
export interface Blas {
  /** What it is, as run folders record it: `openblas 0.3.21 Haswell`, the last word being its choice of code. */
  readonly name: string;
  /** The file or name that it was loaded from. */
  readonly library: string;
  /** Where the bytes of a buffer are in the memory of the process. */
  addressOf(buffer: ArrayBufferLike): number;
  /**
   * C = op(A)·op(B), or added to C; C is [m, n], k terms to an entry. Matrices are float32, in rows, by their
   * addresses in the process; pitches are numbers of entries from one row to the next.
   */
  sgemm(
    turnedA: boolean,
    turnedB: boolean,
    m: number,
    n: number,
    k: number,
    a: number,
    pitchA: number,
    b: number,
    pitchB: number,
    accumulate: boolean,
    c: number,
    pitchC: number,
  ): void;
}
