/**
 * Relative error of a float32 forward pass, means included. Measured: 1e-7 against float64 on the
 * reference networks; the statement leaves two decades of room.
 */
const FORWARD_ERROR = 1e-5;

/** Rounding of a float32 product with a curvature matrix, relative to its norm, with room. */
export const MATRIX_ERROR = 1e-5;

/** Relative error of a float32 gradient or product on the reference networks, with room. */
export const PRODUCT_ERROR = 1e-4;

/** Bound on the rounding error of a loss. */
export function forwardError(loss: number): number {
  return FORWARD_ERROR * Math.abs(loss);
}
